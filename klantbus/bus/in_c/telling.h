/* What the judge decides, as records; `streams.frames` does the same in Python. */

#ifndef KLANTBUS_TELLING_H
#define KLANTBUS_TELLING_H

#include "fields.h"

/* -- headers, as Kafka writes them, who counts as Avro does */

static Step add_pair(Buffer *b, const char *name, const char *value, Py_ssize_t size)
{
    Py_ssize_t length = (Py_ssize_t)strlen(name);
    if (add_number(b, length) != FINE || put(b, name, length) != FINE) return FAILED;
    return add_number(b, size) == FINE ? put(b, value, size) : FAILED;
}

/* -- the teller of one type of fact */

enum { HEAD, SAID, REST, BEFORE, BETWEEN, PIECES };

typedef struct {
    PyObject_HEAD
    PyTypeObject *kind; /* of a record */
    PyObject *topic, *pieces[PIECES];
    Py_ssize_t pairs, room; /* headers that never differ; bytes of the largest value */
    Field at, *fields;
    Py_ssize_t count;
} Teller;

static void teller_dealloc(Teller *teller)
{
    fields_free(teller->fields, teller->count);
    Py_XDECREF(teller->at.name);
    Py_XDECREF(teller->at.type);
    Py_XDECREF(teller->kind);
    Py_XDECREF(teller->topic);
    for (int i = 0; i < PIECES; i++) Py_XDECREF(teller->pieces[i]);
    Py_TYPE(teller)->tp_free(teller);
}

static int teller_init(Teller *teller, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    PyTypeObject *kind;
    PyObject *topic, *p[PIECES], *table;
    if (teller->kind) return PyErr_SetString(PyExc_TypeError, "a teller is made once"), -1;
    if (!PyArg_ParseTuple(args, "O!USSSSSnnO!", &PyType_Type, &kind, &topic, &p[HEAD], &p[SAID], &p[REST], &p[BEFORE],
                          &p[BETWEEN], &teller->pairs, &teller->room, &PyTuple_Type, &table))
        return -1;
    if (!PyType_IsSubtype(kind, &PyTuple_Type)) return PyErr_SetString(PyExc_TypeError, "kind is a tuple"), -1;
    if (!(teller->at.name = PyUnicode_InternFromString("at")) || !(teller->fields = fields_of(table, &teller->count))) return -1;
    teller->kind = (PyTypeObject *)Py_NewRef(kind);
    teller->topic = Py_NewRef(topic);
    for (int i = 0; i < PIECES; i++) teller->pieces[i] = Py_NewRef(p[i]);
    return 0;
}

static inline Step put_piece(Buffer *b, PyObject *piece)
{
    return put(b, PyBytes_AS_STRING(piece), PyBytes_GET_SIZE(piece));
}

/* The framed fact: its envelope, then what it says. */
static Step tell_value(Teller *t, Buffer *b, PyObject *subject, PyObject *name, int64_t at, PyObject *ruling)
{
    if (put_piece(b, t->pieces[HEAD]) != FINE || say_text(b, name) != FINE || put_piece(b, t->pieces[SAID]) != FINE) return FAILED;
    if (add_part(b, subject) != FINE || add_number(b, at) != FINE || add_number(b, at) != FINE) return FAILED;
    return put_piece(b, t->pieces[REST]) == FINE ? say_all(b, t->fields, t->count, ruling) : FAILED;
}

static Step tell_headers(Teller *t, Buffer *b, PyObject *subject, PyObject *name, int64_t at)
{
    char text[LONGEST_INSTANT];
    Py_ssize_t size, written = instant_text(text, at);
    const char *id = PyUnicode_AsUTF8AndSize(name, &size);
    if (!id || put_piece(b, t->pieces[BEFORE]) != FINE || add_pair(b, "ce_id", id, size) != FINE) return FAILED;
    if (put_piece(b, t->pieces[BETWEEN]) != FINE) return FAILED;
    if (add_pair(b, "ce_subject", PyBytes_AS_STRING(subject), PyBytes_GET_SIZE(subject)) != FINE) return FAILED;
    return add_pair(b, "ce_time", text, written) == FINE ? add_pair(b, "ce_recordedtime", text, written) : FAILED;
}

PyDoc_STRVAR(teller_record_doc,
"record(subject, name, ruling)\n--\n\n"
"Return the record that tells `ruling` about `subject` (bytes) as the fact `name`, or None where its value would be\n"
"larger than there is room for.");

static PyObject *teller_record(Teller *t, PyObject *const *args, Py_ssize_t count)
{
    if (count != 3 || !PyBytes_Check(args[0]) || !PyUnicode_Check(args[1]) || !t->kind)
        return PyErr_SetString(PyExc_TypeError, "record(subject, name, ruling)"), NULL;
    PyObject *subject = args[0], *at = held(&t->at, args[2]), *record = NULL, *value = NULL, *headers = NULL;
    int64_t instant;
    Step step = at ? whole_of(at, &instant) : FAILED;
    Py_XDECREF(at);
    if (step != FINE) return NULL;
    Buffer b;
    buffer_open(&b);
    if (tell_value(t, &b, subject, args[1], instant, args[2]) == FINE) {
        if (b.size > t->room) record = Py_NewRef(Py_None);
        else if ((value = PyBytes_FromStringAndSize(b.bytes, b.size))) {
            b.size = 0;
            if (tell_headers(t, &b, subject, args[1], instant) == FINE)
                headers = pairs_of((unsigned char *)b.bytes, b.size, t->pairs + 4);
            if (headers && (record = t->kind->tp_alloc(t->kind, 4))) {
                PyTuple_SET_ITEM(record, 0, Py_NewRef(t->topic));
                PyTuple_SET_ITEM(record, 1, Py_NewRef(subject));
                PyTuple_SET_ITEM(record, 2, Py_NewRef(value));
                PyTuple_SET_ITEM(record, 3, Py_NewRef(headers));
                PyObject_GC_UnTrack(record); /* nothing in it can hold it: the collector need not walk it */
            }
        }
    }
    buffer_close(&b);
    Py_XDECREF(value);
    Py_XDECREF(headers);
    return record;
}

static PyMethodDef teller_methods[] = {
    {"record", (PyCFunction)(void (*)(void))teller_record, METH_FASTCALL, teller_record_doc},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject teller_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "klantbus.bus.native.Teller",
    .tp_basicsize = sizeof(Teller),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Teller(kind, topic, head, said, rest, before, between, pairs, room, table): how one type of fact is told, as\n"
              "`streams.frames.Frame` has it; `table` are its fields.",
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)teller_init,
    .tp_dealloc = (destructor)teller_dealloc,
    .tp_methods = teller_methods,
};

#endif
