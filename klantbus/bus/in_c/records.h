/* Records out of the journal: rows of SQLite as the tuples that the ports give, headers cut out of their blob. */

#ifndef KLANTBUS_RECORDS_H
#define KLANTBUS_RECORDS_H

#include "wire.h"

#define MOST_SHAPES 4096

/* What is known of a blob's shape: (names, lengths), by its bytes. */
static PyObject *shapes;

static PyObject *shape_of(const char *blob, Py_ssize_t size, PyObject *measure)
{
    PyObject *key = PyBytes_FromStringAndSize(blob, size);
    if (!key) return NULL;
    PyObject *found = PyDict_GetItemWithError(shapes, key);
    Py_XINCREF(found);
    if (!found && !PyErr_Occurred() && (found = PyObject_CallOneArg(measure, key))) {
        if (PyDict_GET_SIZE(shapes) >= MOST_SHAPES) PyDict_Clear(shapes);
        if (!PyTuple_Check(found) || PyTuple_GET_SIZE(found) != 2 || !PyTuple_Check(PyTuple_GET_ITEM(found, 0))
            || !PyTuple_Check(PyTuple_GET_ITEM(found, 1))
            || PyTuple_GET_SIZE(PyTuple_GET_ITEM(found, 0)) != PyTuple_GET_SIZE(PyTuple_GET_ITEM(found, 1))) {
            PyErr_SetString(PyExc_TypeError, "a shape is names and lengths");
            Py_CLEAR(found);
        } else if (PyDict_SetItem(shapes, key, found) < 0) Py_CLEAR(found);
    }
    Py_DECREF(key);
    return found;
}

/* The headers in a blob (see `klantbus.bus.packing`), as a tuple of pairs. */
static PyObject *headers_in(PyObject *blob, PyObject *measure)
{
    if (!PyBytes_Check(blob)) return PyErr_SetString(PyExc_TypeError, "headers are a blob"), NULL;
    const unsigned char *at = (const unsigned char *)PyBytes_AS_STRING(blob), *end = at + PyBytes_GET_SIZE(blob);
    if (at == end) return PyTuple_New(0);
    Py_ssize_t size = end - at < 4 ? -1 : 4 + (((Py_ssize_t)at[0] << 24) | (at[1] << 16) | (at[2] << 8) | at[3]);
    if (size < 0 || size > end - at) return PyErr_SetString(PyExc_ValueError, "a blob of headers is cut off"), NULL;
    PyObject *shape = shape_of((const char *)at, size, measure);
    if (!shape) return NULL;
    PyObject *names = PyTuple_GET_ITEM(shape, 0), *lengths = PyTuple_GET_ITEM(shape, 1);
    Py_ssize_t count = PyTuple_GET_SIZE(names);
    PyObject *headers = PyTuple_New(count);
    at += size;
    for (Py_ssize_t i = 0; headers && i < count; i++) {
        Py_ssize_t length = PyLong_AsSsize_t(PyTuple_GET_ITEM(lengths, i));
        if (length < 0 || length > end - at) {
            if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "a blob of headers is cut off");
            Py_CLEAR(headers);
            break;
        }
        PyObject *value = PyBytes_FromStringAndSize((const char *)at, length);
        PyObject *pair = value ? PyTuple_Pack(2, PyTuple_GET_ITEM(names, i), value) : NULL;
        Py_XDECREF(value);
        if (pair) {
            PyObject_GC_UnTrack(pair); /* a text and bytes make no rings: the collector need not walk them */
            PyTuple_SET_ITEM(headers, i, pair);
        } else Py_CLEAR(headers);
        at += length;
    }
    if (headers && count) PyObject_GC_UnTrack(headers);
    Py_DECREF(shape);
    return headers;
}

PyDoc_STRVAR(stored_doc,
"stored(kind, topic, partition, base, rows, measure)\n--\n\n"
"Return each of `rows` (place, appended, key, value, headers as a blob) as a `kind`, a tuple of (topic, partition,\n"
"place - base, appended, key, value, headers). `measure` tells the names and lengths in a blob's shape.");

static PyObject *stored(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *kind, *topic, *partition, *rows, *measure;
    long long base;
    if (!PyArg_ParseTuple(args, "O!OOLO!O", &PyType_Type, &kind, &topic, &partition, &base, &PyList_Type, &rows, &measure))
        return NULL;
    PyTypeObject *type = (PyTypeObject *)kind;
    if (!PyType_IsSubtype(type, &PyTuple_Type)) return PyErr_SetString(PyExc_TypeError, "kind is a tuple"), NULL;
    PyObject *records = PyList_New(PyList_GET_SIZE(rows));
    for (Py_ssize_t i = 0; records && i < PyList_GET_SIZE(rows); i++) {
        PyObject *row = PyList_GET_ITEM(rows, i);
        if (!PyTuple_Check(row) || PyTuple_GET_SIZE(row) != 5) {
            PyErr_SetString(PyExc_TypeError, "a row has five columns");
            Py_CLEAR(records);
            break;
        }
        long long place = PyLong_AsLongLong(PyTuple_GET_ITEM(row, 0));
        PyObject *offset = PyErr_Occurred() ? NULL : PyLong_FromLongLong(place - base);
        PyObject *headers = offset ? headers_in(PyTuple_GET_ITEM(row, 4), measure) : NULL;
        PyObject *record = headers ? type->tp_alloc(type, 7) : NULL;
        if (!record) {
            Py_XDECREF(offset);
            Py_XDECREF(headers);
            Py_CLEAR(records);
            break;
        }
        PyTuple_SET_ITEM(record, 0, Py_NewRef(topic));
        PyTuple_SET_ITEM(record, 1, Py_NewRef(partition));
        PyTuple_SET_ITEM(record, 2, offset);
        for (Py_ssize_t j = 1; j < 4; j++) PyTuple_SET_ITEM(record, j + 2, Py_NewRef(PyTuple_GET_ITEM(row, j)));
        PyTuple_SET_ITEM(record, 6, headers);
        PyObject_GC_UnTrack(record);
        PyList_SET_ITEM(records, i, record);
    }
    return records;
}

#endif
