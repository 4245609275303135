/* Fields in Avro by tables: those that `streams.writing` walks in Python, walked in C.

   Nothing is checked here that Python does not check either: what the judge decides stands on facts that were
   checked when they were read. An attribute that is missing or of another type raises, as in Python. */

#ifndef KLANTBUS_FIELDS_H
#define KLANTBUS_FIELDS_H

#include "batches.h"
#include "shapes.h"

typedef struct Field Field;
struct Field {
    char kind; /* a letter of `streams.writing.LETTERS`, or '=' for bytes that are always the same */
    PyObject *name; /* the attribute it is in */
    PyTypeObject *type; /* whose attribute was looked up last, and how it is got; `get` is NULL where slowly */
    getter get;
    void *closure;
    PyObject *more; /* the bytes; the words or amounts by value; what stands for an empty text or for nothing */
    Field *fields; /* of each item, or of what is inside */
    int optional; /* it may be nothing, which takes a byte */
    Py_ssize_t count, most; /* `most` items, 0: all; below 0: the first and the latest */
};

static void fields_free(Field *fields, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; fields && i < count; i++) {
        fields_free(fields[i].fields, fields[i].count);
        Py_XDECREF(fields[i].name);
        Py_XDECREF(fields[i].type);
        Py_XDECREF(fields[i].more);
    }
    PyMem_Free(fields);
}

static Field *fields_of(PyObject *table, Py_ssize_t *count);

static int field_fill(Field *field, PyObject *described)
{
    PyObject *kind, *table = NULL;
    if (PyBytes_Check(described)) {
        field->kind = '=';
        field->more = Py_NewRef(described);
        return 1;
    }
    if (!PyTuple_Check(described)
        || !PyArg_ParseTuple(described, "UU|OO!n", &kind, &field->name, &field->more, &PyTuple_Type, &table, &field->most)) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "a field is bytes or a tuple");
        field->name = field->more = NULL;
        return 0;
    }
    Py_INCREF(field->name);
    Py_XINCREF(field->more);
    field->kind = (char)PyUnicode_READ_CHAR(kind, 0);
    field->optional = strchr("MFWCGB", field->kind) != NULL;
    if (table && !(field->fields = fields_of(table, &field->count))) return 0;
    int lacks = (strchr("EGHUP", field->kind) && !field->more) || (strchr("PRS", field->kind) && !table)
        || (field->kind == 'S' && (!field->count || !field->fields[0].name));
    if (field->kind == 'P' && !lacks) lacks = !PyBytes_Check(field->more);
    return lacks ? (PyErr_SetString(PyExc_TypeError, "a field lacks what it is written with"), 0) : 1;
}

static Field *fields_of(PyObject *table, Py_ssize_t *count)
{
    Py_ssize_t size = PyTuple_GET_SIZE(table);
    Field *fields = PyMem_Calloc((size_t)(size ? size : 1), sizeof(Field));
    *count = 0; /* until it is known that all are whole */
    if (!fields) return (Field *)PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < size; i++)
        if (!field_fill(&fields[i], PyTuple_GET_ITEM(table, i))) return fields_free(fields, size), NULL;
    *count = size;
    return fields;
}

/* What the attribute of a field holds. Of a compiled class its getter is called, without a way around by its name. */
static PyObject *held(Field *field, PyObject *value)
{
    if (Py_TYPE(value) != field->type) {
        PyObject *found = PyObject_GetAttr((PyObject *)Py_TYPE(value), field->name);
        PyErr_Clear(); /* it may be there all the same, of this one */
        PyGetSetDef *how = found && Py_TYPE(found) == &PyGetSetDescr_Type ? ((PyGetSetDescrObject *)found)->d_getset : NULL;
        field->get = how ? how->get : NULL;
        field->closure = how ? how->closure : NULL;
        Py_XDECREF(found);
        Py_XSETREF(field->type, (PyTypeObject *)Py_NewRef(Py_TYPE(value)));
    }
    return field->get ? field->get(value, field->closure) : PyObject_GetAttr(value, field->name);
}

/* -- the kinds of fields */

static Step say_text(Buffer *b, PyObject *text)
{
    Py_ssize_t size;
    const char *bytes = PyUnicode_AsUTF8AndSize(text, &size);
    return bytes && add_number(b, size) == FINE ? put(b, bytes, size) : FAILED;
}

static Step say_number(Buffer *b, PyObject *number)
{
    int64_t value;
    return whole_of(number, &value) == FINE ? add_number(b, value) : FAILED;
}

/* An instant within the years that a fact may hold: a day of the first may begin in the year before. */
static Step say_instant(Buffer *b, PyObject *number)
{
    int64_t value;
    if (whole_of(number, &value) != FINE) return FAILED;
    return add_number(b, value < first_instant ? first_instant : value > last_instant ? last_instant : value);
}

/* How a word or an amount is written; what is not in `written` yet is asked of it, as it may know more. */
static Step say_known(Buffer *b, PyObject *written, PyObject *value)
{
    PyObject *found = PyDict_Check(written) ? PyDict_GetItemWithError(written, value) : NULL;
    Py_XINCREF(found);
    if (!found && !PyErr_Occurred()) found = PyObject_GetItem(written, value);
    Step step = FAILED;
    if (found && PyBytes_Check(found)) step = put(b, PyBytes_AS_STRING(found), PyBytes_GET_SIZE(found));
    else if (found) PyErr_SetString(PyExc_TypeError, "what is written is bytes");
    Py_XDECREF(found);
    return step;
}

static Step say_all(Buffer *b, Field *fields, Py_ssize_t count, PyObject *value);

static Step say_texts(Buffer *b, Field *field, PyObject *texts)
{
    Py_ssize_t count = PyTuple_GET_SIZE(texts);
    if (field->most && count > field->most) count = field->most;
    if (count && add_number(b, count) != FINE) return FAILED;
    for (Py_ssize_t i = 0; i < count; i++)
        if (say_text(b, PyTuple_GET_ITEM(texts, i)) != FINE) return FAILED;
    return put(b, "\0", 1);
}

/* Words in the order of their names. */
static Step say_words(Buffer *b, Field *field, PyObject *words)
{
    Py_ssize_t count = PyTuple_GET_SIZE(words);
    if (!count) return put(b, "\0", 1);
    PyObject *sorted = PySequence_List(words);
    Step step = sorted && (count == 1 || !PyList_Sort(sorted)) ? add_number(b, count) : FAILED;
    for (Py_ssize_t i = 0; step == FINE && i < count; i++) step = say_known(b, field->more, PyList_GET_ITEM(sorted, i));
    Py_XDECREF(sorted);
    return step == FINE ? put(b, "\0", 1) : step;
}

/* All items; the latest `most`; or the first and the latest, so many together. */
static Step say_many(Buffer *b, Field *field, PyObject *items)
{
    Py_ssize_t count = PyTuple_GET_SIZE(items), most = field->most < 0 ? -field->most : field->most;
    Py_ssize_t from = most && count > most ? count - most : 0;
    if (count > from && add_number(b, count - from) != FINE) return FAILED;
    for (Py_ssize_t i = from; i < count; i++) {
        PyObject *item = PyTuple_GET_ITEM(items, i == from && field->most < 0 ? 0 : i);
        if (say_all(b, field->fields, field->count, item) != FINE) return FAILED;
    }
    return put(b, "\0", 1);
}

/* Those items whose first field is not empty. */
static Step say_some(Buffer *b, Field *field, PyObject *items)
{
    Py_ssize_t count = 0, size = PyTuple_GET_SIZE(items);
    int pass = 0, told = 1;
    for (; pass < 2; pass++) { /* they are counted first */
        for (Py_ssize_t i = 0; i < size; i++) {
            PyObject *item = PyTuple_GET_ITEM(items, i), *first = held(&field->fields[0], item);
            told = first ? PyObject_IsTrue(first) : -1;
            Py_XDECREF(first);
            if (told < 0 || (told && pass && say_all(b, field->fields, field->count, item) != FINE)) return FAILED;
            count += !pass && told;
        }
        if (!count) break;
        if (!pass && add_number(b, count) != FINE) return FAILED;
    }
    return put(b, "\0", 1);
}

static Step say_given(Buffer *b, Field *field, PyObject *value)
{
    switch (field->kind) {
    case 'T': case 'M': case 'F': return say_text(b, value);
    case 'U': return say_text(b, PyUnicode_Check(value) && PyUnicode_GET_LENGTH(value) ? value : field->more);
    case 'I': case 'N': case 'C': return say_number(b, value);
    case 'W': return say_instant(b, value);
    case 'E': case 'G': return say_known(b, field->more, value);
    case 'B': return put(b, value == Py_True ? "\1" : "\0", 1);
    case 'P': return say_all(b, field->fields, field->count, value);
    }
    if (!PyTuple_Check(value)) return PyErr_SetString(PyExc_TypeError, "items come in a tuple"), FAILED;
    switch (field->kind) {
    case 'L': return say_texts(b, field, value);
    case 'H': return say_words(b, field, value);
    case 'R': return say_many(b, field, value);
    case 'S': return say_some(b, field, value);
    }
    return PyErr_SetString(PyExc_ValueError, "no such kind of field"), FAILED;
}

static Step say_field(Buffer *b, Field *field, PyObject *value)
{
    if (value == Py_None && field->kind == 'P') return put(b, PyBytes_AS_STRING(field->more), PyBytes_GET_SIZE(field->more));
    if (value == Py_None && field->optional) return put(b, "\0", 1);
    if (field->kind == 'F' && PyUnicode_Check(value) && !PyUnicode_GET_LENGTH(value)) return put(b, "\0", 1);
    if (field->optional && put(b, "\2", 1) != FINE) return FAILED;
    return say_given(b, field, value);
}

static Step say_all(Buffer *b, Field *fields, Py_ssize_t count, PyObject *whole)
{
    for (Field *field = fields; field < fields + count; field++) {
        if (field->kind == '=') {
            if (put(b, PyBytes_AS_STRING(field->more), PyBytes_GET_SIZE(field->more)) != FINE) return FAILED;
            continue;
        }
        PyObject *value = held(field, whole);
        Step step = value ? say_field(b, field, value) : FAILED;
        Py_XDECREF(value);
        if (step != FINE) return step;
    }
    return FINE;
}

#endif
