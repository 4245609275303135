/* Facts: the models of klantbus.domain.events, made past pydantic's door as the reader in Python makes them. */

#ifndef KLANTBUS_FACTS_H
#define KLANTBUS_FACTS_H

#include "shapes.h"
#include <datetime.h>

#define EPOCH_DAY 719163 /* 1970-01-01 as Python counts days */

/* The descriptors of pydantic's models that set what a model is made of; set once by `models`. */
static PyObject *set_values, *set_names, *set_extra, *set_private;

static PyObject *read_value(Node *node, Cursor *c);

static inline int given(PyObject *descriptor, PyObject *object, PyObject *value)
{
    return Py_TYPE(descriptor)->tp_descr_set(descriptor, object, value) == 0;
}

/* The model of `node` with `values` by name (taken). */
static PyObject *made(Node *node, PyObject *values)
{
    PyTypeObject *type = (PyTypeObject *)node->model;
    PyObject *object = type->tp_alloc(type, 0);
    if (object && !(given(set_values, object, values) && given(set_names, object, node->said)
                    && given(set_extra, object, Py_None) && given(set_private, object, Py_None)))
        Py_CLEAR(object);
    Py_DECREF(values);
    return object;
}

/* The fields of a model by name, in the model's order, of `read`, which holds them in the schema's. */
static PyObject *by_name(Node *node, PyObject **read)
{
    PyObject *values = _PyDict_NewPresized(PyTuple_GET_SIZE(node->names));
    if (!values) return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(node->names); i++) {
        long place = PyLong_AsLong(PyTuple_GET_ITEM(node->places, i)); /* -1: a field that the schema has not */
        PyObject *value = place < 0 ? PyTuple_GET_ITEM(node->absent, i) : read[place];
        if (PyDict_SetItem(values, PyTuple_GET_ITEM(node->names, i), value) < 0) {
            Py_DECREF(values);
            return NULL;
        }
    }
    return values;
}

static PyObject *read_group(Node *node, Cursor *c)
{
    PyObject *read[MOST_FIELDS], *object = NULL;
    Py_ssize_t count = 0;
    while (count < node->count && (read[count] = read_value(node->parts[count], c))) count++;
    if (count == node->count) {
        PyObject *values = by_name(node, read);
        if (values) object = made(node, values);
    }
    while (count--) Py_DECREF(read[count]);
    return object;
}

/* What the judge keeps of what was `read`, field by field: the maker's answer to the parts that it asks for. */
static PyObject *noted(Node *node, Cursor *c, PyObject **read)
{
    PyObject *parts[MOST_FIELDS];
    Py_ssize_t count = PyTuple_GET_SIZE(node->places);
    for (Py_ssize_t i = 0; i < count; i++) {
        long place = PyLong_AsLong(PyTuple_GET_ITEM(node->places, i)); /* -1: always the same, -2: its publication */
        parts[i] = place >= 0 ? read[place] : place == -1 ? PyTuple_GET_ITEM(node->absent, i) : c->published;
        if (!parts[i] || place >= node->count) return PyErr_SetString(PyExc_ValueError, "there is no such part"), NULL;
    }
    return PyObject_Vectorcall(node->model, parts, (size_t)count, NULL);
}

static PyObject *read_part_of(Node *node, Cursor *c)
{
    PyObject *read[MOST_FIELDS], *object = NULL;
    Py_ssize_t count = 0;
    while (count < node->count && (read[count] = read_value(node->parts[count], c))) count++;
    if (count == node->count) object = noted(node, c, read);
    while (count--) Py_DECREF(read[count]);
    return object;
}

static PyObject *read_many(Node *node, Cursor *c)
{
    int64_t count;
    if (read_count(c, node->most, &count) != FINE) return NULL;
    PyObject *items = PyTuple_New((Py_ssize_t)count);
    for (Py_ssize_t i = 0; items && i < count; i++) {
        PyObject *item = read_value(node->parts[0], c);
        if (item) PyTuple_SET_ITEM(items, i, item);
        else Py_CLEAR(items);
    }
    if (items && count && read_end(c) != FINE) Py_CLEAR(items);
    return items;
}

static PyObject *read_table(Node *node, Cursor *c)
{
    int64_t count;
    if (read_count(c, node->most, &count) != FINE) return NULL;
    PyObject *entries = PyDict_New();
    for (Py_ssize_t i = 0; entries && i < count; i++) {
        PyObject *key = read_value(node->parts[0], c);
        PyObject *item = key ? read_value(node->parts[1], c) : NULL;
        if (!item || PyDict_SetItem(entries, key, item) < 0) Py_CLEAR(entries);
        Py_XDECREF(key);
        Py_XDECREF(item);
    }
    if (entries && (PyDict_GET_SIZE(entries) != count || (count && read_end(c) != FINE))) Py_CLEAR(entries);
    return entries;
}

static PyObject *read_amount(Node *node, Cursor *c)
{
    int64_t digits;
    if (read_digits(c, node->most, &digits) != FINE) return NULL;
    PyObject *key = PyLong_FromLongLong(digits);
    PyObject *amount = key ? recall(node, key) : NULL;
    if (key && !amount && !PyErr_Occurred()) {
        amount = PyObject_CallOneArg(node->check, key);
        if (amount && remember(node, key, amount) != FINE) Py_CLEAR(amount);
    }
    Py_XDECREF(key);
    return amount;
}

static PyObject *moment_of(int64_t micros)
{
    Civil at = civil_of(micros);
    return PyDateTimeAPI->DateTime_FromDateAndTime(at.year, at.month, at.day, at.hour, at.minute, at.second, at.micro,
                                                   PyDateTime_TimeZone_UTC, PyDateTimeAPI->DateTimeType);
}

/* The value that comes next; NULL when it is odd, or with an exception. */
static PyObject *read_value(Node *node, Cursor *c)
{
    int64_t number;
    int year, month, day;
    Py_ssize_t symbol;
    unsigned char byte;
    switch (node->kind) {
    case TEXT:
        return read_text(c, node->most) == FINE ? checked_text(node, c) : NULL;
    case WORD:
        symbol = read_symbol(node, c);
        return symbol < 0 ? NULL : Py_NewRef(PyTuple_GET_ITEM(node->words, symbol));
    case TRUTH:
        return read_byte(c, &byte) == FINE && byte < 2 ? PyBool_FromLong(byte) : NULL;
    case MOMENT:
        return read_instant(c) == FINE ? moment_of(c->instant) : NULL;
    case DATE:
        if (read_day(c, &number) != FINE) return NULL;
        civil(number, &year, &month, &day);
        return PyDate_FromDate(year, month, day);
    case AMOUNT:
        return read_amount(node, c);
    case WHOLE:
        if (read_number(c, &number) != FINE || number < node->least || number > node->most) return NULL;
        return PyLong_FromLongLong(number);
    case CHOICE:
        if (read_branch(node, c, &node) != FINE) return NULL;
        return node ? read_value(node, c) : Py_NewRef(Py_None);
    case MANY:
        return read_many(node, c);
    case TABLE:
        return read_table(node, c);
    case GROUP:
        return read_group(node, c);
    case INSTANT:
        return read_instant(c) == FINE ? PyLong_FromLongLong(c->instant) : NULL;
    case ORDINAL:
        return read_day(c, &number) == FINE ? PyLong_FromLongLong(number + EPOCH_DAY) : NULL;
    case PART:
        return read_part_of(node, c);
    case NOTHING:
        return NULL;
    }
    return NULL;
}

#endif
