/* Messages of librdkafka as the tuples that the ports give. */

#ifndef KLANTBUS_MESSAGES_H
#define KLANTBUS_MESSAGES_H

#include "rdkafka.h"

enum { NAMES = 16 };

typedef struct {
    PyObject_HEAD
    rd_kafka_t *kafka;
    rd_kafka_queue_t *queue;
    PyObject *log, *kind, *empty;
    int busy;
    /* What came last, as it mostly comes again: the topic, and each header by its place. */
    rd_kafka_topic_t *topic;
    PyObject *topic_name, *names[NAMES], *pairs[NAMES];
} Consumer;

static PyObject *bytes_or_none(const void *bytes, size_t size)
{
    return bytes ? PyBytes_FromStringAndSize(bytes, (Py_ssize_t)size) : Py_NewRef(Py_None);
}

static PyObject *topic_of(Consumer *self, rd_kafka_topic_t *topic)
{
    if (topic != self->topic || !self->topic_name) {
        PyObject *name = PyUnicode_InternFromString(rd_kafka.topic_name(topic));
        if (!name) return NULL;
        Py_XSETREF(self->topic_name, name);
        self->topic = topic;
    }
    return Py_NewRef(self->topic_name);
}

/* The name of a header; one that is no UTF-8 mirrors nothing, so it need only be a text. */
static PyObject *name_of(Consumer *self, size_t place, const char *said)
{
    PyObject *before = place < NAMES ? self->names[place] : NULL;
    if (before && PyUnicode_IS_ASCII(before) && !strcmp(PyUnicode_DATA(before), said)) return Py_NewRef(before);
    PyObject *name = PyUnicode_DecodeUTF8(said, (Py_ssize_t)strlen(said), "replace");
    if (name && place < NAMES) Py_XSETREF(self->names[place], Py_NewRef(name));
    return name;
}

/* A header as (name, value); the ports know no null, which Kafka allows. */
static PyObject *pair_of(Consumer *self, size_t place, const char *said, const void *value, size_t size)
{
    PyObject *name = name_of(self, place, said), *before = place < NAMES ? self->pairs[place] : NULL;
    if (name && before && PyTuple_GET_ITEM(before, 0) == name) {
        PyObject *bytes = PyTuple_GET_ITEM(before, 1);
        if ((size_t)PyBytes_GET_SIZE(bytes) == size && (!size || !memcmp(PyBytes_AS_STRING(bytes), value, size))) {
            Py_DECREF(name);
            return Py_NewRef(before);
        }
    }
    PyObject *bytes = name ? PyBytes_FromStringAndSize(value, value ? (Py_ssize_t)size : 0) : NULL;
    PyObject *pair = bytes ? PyTuple_Pack(2, name, bytes) : NULL;
    Py_XDECREF(name);
    Py_XDECREF(bytes);
    if (!pair) return NULL;
    PyObject_GC_UnTrack(pair); /* a text and bytes make no rings: the collector need not walk them */
    if (place < NAMES) Py_XSETREF(self->pairs[place], Py_NewRef(pair));
    return pair;
}

static PyObject *headers_of(Consumer *self, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;
    const char *name;
    const void *value;
    size_t size, count = 0;
    if (rd_kafka.message_headers(message, &headers) == NO_ERROR) count = rd_kafka.header_cnt(headers);
    if (!count) return Py_NewRef(self->empty);
    PyObject *pairs = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; pairs && i < count; i++) {
        int found = rd_kafka.header_get_all(headers, i, &name, &value, &size) == NO_ERROR;
        PyObject *pair = found ? pair_of(self, i, name, value, size) : NULL;
        if (pair) PyTuple_SET_ITEM(pairs, (Py_ssize_t)i, pair);
        else Py_CLEAR(pairs);
    }
    if (pairs) PyObject_GC_UnTrack(pairs);
    else if (!PyErr_Occurred()) PyErr_SetString(PyExc_RuntimeError, "librdkafka counted more headers than there are");
    return pairs;
}

static PyObject *record_of(Consumer *self, const rd_kafka_message_t *message)
{
    int kind;
    PyTypeObject *type = (PyTypeObject *)self->kind;
    PyObject *fields[] = {
        topic_of(self, message->rkt),
        PyLong_FromLong(message->partition),
        PyLong_FromLongLong(message->offset),
        PyLong_FromLongLong(rd_kafka.message_timestamp(message, &kind) * 1000), /* Kafka counts milliseconds */
        bytes_or_none(message->key, message->key_len),
        bytes_or_none(message->payload, message->len),
        headers_of(self, message),
    };
    PyObject *record = PyErr_Occurred() ? NULL : type->tp_alloc(type, 7);
    for (int i = 0; i < 7; i++) {
        if (record) PyTuple_SET_ITEM(record, i, fields[i]);
        else Py_XDECREF(fields[i]);
    }
    if (record) PyObject_GC_UnTrack(record);
    return record;
}

/* Put each of `messages` in `records`, or its error in `errors`; 0 when a Python exception is set. */
static int sorted_out(Consumer *self, rd_kafka_message_t **messages, ssize_t count, PyObject *records, PyObject *errors)
{
    for (ssize_t i = 0; i < count; i++) {
        rd_kafka_message_t *message = messages[i];
        PyObject *made = message->err ? PyLong_FromLong(message->err) : record_of(self, message);
        int put = made ? PyList_Append(message->err ? errors : records, made) : -1;
        Py_XDECREF(made);
        if (put < 0) return 0;
    }
    return 1;
}

#endif
