/* Headers as Kafka writes them, cut out only when somebody looks: of most records nobody does. */

#ifndef KLANTBUS_HEADERS_H
#define KLANTBUS_HEADERS_H

#include "wire.h"

/* A sequence of pairs (name, value); its bytes were looked at when it was made. */
typedef struct {
    PyObject_VAR_HEAD
    Py_ssize_t count;
    unsigned char bytes[];
} Pairs;

static PyTypeObject pairs_type;

typedef struct {
    const char *name, *value; /* value is NULL where there is none */
    Py_ssize_t name_size, value_size;
} Pair;

/* The pair that comes next; a name that is not ASCII is odd. */
static Step read_pair(Cursor *c, Pair *pair)
{
    int64_t size;
    if (read_number(c, &size) != FINE || size < 0 || size > c->end - c->at) return ODD;
    pair->name = (const char *)c->at;
    pair->name_size = (Py_ssize_t)size;
    c->at += size;
    if (!is_ascii(pair->name, pair->name_size) || read_number(c, &size) != FINE || size > c->end - c->at) return ODD;
    pair->value = size < 0 ? NULL : (const char *)c->at;
    pair->value_size = size < 0 ? 0 : (Py_ssize_t)size;
    c->at += pair->value_size;
    return FINE;
}

static PyObject *pair_of(const Pair *pair)
{
    PyObject *name = PyUnicode_FromStringAndSize(pair->name, pair->name_size);
    PyObject *value = pair->value ? PyBytes_FromStringAndSize(pair->value, pair->value_size) : Py_NewRef(Py_None);
    PyObject *made_pair = name && value ? PyTuple_Pack(2, name, value) : NULL;
    Py_XDECREF(name);
    Py_XDECREF(value);
    return made_pair;
}

/* `count` pairs of which the bytes follow; the caller has read them all once. */
static inline PyObject *pairs_of(const unsigned char *bytes, Py_ssize_t size, Py_ssize_t count)
{
    Pairs *pairs = PyObject_NewVar(Pairs, &pairs_type, size);
    if (!pairs) return NULL;
    pairs->count = count;
    memcpy(pairs->bytes, bytes, (size_t)size);
    return (PyObject *)pairs;
}

static inline Cursor pairs_cursor(Pairs *pairs)
{
    return (Cursor){pairs->bytes, pairs->bytes + Py_SIZE(pairs), NULL, 0, 0, NULL};
}

static Py_ssize_t pairs_length(Pairs *pairs)
{
    return pairs->count;
}

static PyObject *pairs_item(Pairs *pairs, Py_ssize_t place)
{
    Cursor c = pairs_cursor(pairs);
    Pair pair;
    if (place < 0 || place >= pairs->count) return PyErr_SetString(PyExc_IndexError, "there is no such header"), NULL;
    do
        if (read_pair(&c, &pair) != FINE) return PyErr_SetString(PyExc_ValueError, "headers are cut off"), NULL;
    while (place--);
    return pair_of(&pair);
}

static PyObject *pairs_subscript(PyObject *pairs, PyObject *key)
{
    if (PyIndex_Check(key)) {
        Py_ssize_t place = PyNumber_AsSsize_t(key, PyExc_IndexError);
        return place == -1 && PyErr_Occurred() ? NULL : PySequence_GetItem(pairs, place);
    }
    PyObject *whole = PySequence_Tuple(pairs), *some = whole ? PyObject_GetItem(whole, key) : NULL;
    Py_XDECREF(whole);
    return some;
}

static PyObject *pairs_compare(PyObject *one, PyObject *other, int how)
{
    if (!PySequence_Check(other) || (how != Py_EQ && how != Py_NE)) Py_RETURN_NOTIMPLEMENTED;
    PyObject *mine = PySequence_Tuple(one), *theirs = PySequence_Tuple(other);
    PyObject *answer = mine && theirs ? PyObject_RichCompare(mine, theirs, how) : NULL;
    Py_XDECREF(mine);
    Py_XDECREF(theirs);
    return answer;
}

static PyObject *pairs_repr(PyObject *pairs)
{
    PyObject *whole = PySequence_Tuple(pairs), *said = whole ? PyObject_Repr(whole) : NULL;
    Py_XDECREF(whole);
    return said;
}

static PySequenceMethods pairs_sequence = {
    .sq_length = (lenfunc)pairs_length,
    .sq_item = (ssizeargfunc)pairs_item,
};

static PyMappingMethods pairs_mapping = {.mp_length = (lenfunc)pairs_length, .mp_subscript = pairs_subscript};

static PyTypeObject pairs_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "klantbus.bus.native.Pairs",
    .tp_basicsize = sizeof(Pairs),
    .tp_itemsize = 1,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_SEQUENCE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = "Headers of a record, as a sequence of (name, value).",
    .tp_as_sequence = &pairs_sequence,
    .tp_as_mapping = &pairs_mapping,
    .tp_richcompare = pairs_compare,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_repr = pairs_repr,
};

#endif
