/* Messages of librdkafka as the tuples that the ports give. */

#ifndef KLANTBUS_MESSAGES_H
#define KLANTBUS_MESSAGES_H

#include "headers.h"
#include "rdkafka.h"

enum { MOST_PAIRS = 32, MOST_ERRORS = 256 };

typedef struct {
    PyObject_HEAD
    rd_kafka_t *kafka;
    rd_kafka_queue_t *queue;
    PyObject *log, *kind, *pairs, *empty;
    int busy, went_wrong;
    int errors[MOST_ERRORS]; /* the numbers of what went wrong since the last fetch, `went_wrong` of them */
    /* What came last, as it mostly comes again. */
    rd_kafka_topic_t *topic;
    PyObject *topic_name;
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

/* A header as (name, value); the ports know no null, which Kafka allows. A name that is no UTF-8 mirrors nothing, so it
   need only be a text. */
static PyObject *header_of(const char *said, const void *value, size_t size)
{
    PyObject *name = PyUnicode_DecodeUTF8(said, (Py_ssize_t)strlen(said), "replace");
    PyObject *bytes = PyBytes_FromStringAndSize(value, value ? (Py_ssize_t)size : 0);
    PyObject *pair = name && bytes ? PyTuple_Pack(2, name, bytes) : NULL;
    Py_XDECREF(name);
    Py_XDECREF(bytes);
    return pair;
}

typedef struct {
    const char *name;
    const void *value;
    size_t name_size, size;
} Header;

/* Headers as a tuple, whatever they are. */
static PyObject *one_by_one(const Header *headers, size_t count)
{
    PyObject *made = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; made && i < count; i++) {
        PyObject *pair = header_of(headers[i].name, headers[i].value, headers[i].size);
        if (pair) PyTuple_SET_ITEM(made, (Py_ssize_t)i, pair);
        else Py_CLEAR(made);
    }
    return made;
}

static unsigned char *put_length(unsigned char *to, size_t length)
{
    uint64_t number = (uint64_t)length << 1; /* zig-zag, as Kafka itself writes it */
    for (; number > 127; number >>= 7) *to++ = (unsigned char)(number | 128);
    *to++ = (unsigned char)number;
    return to;
}

/* Headers as `Pairs`, their bytes end to end: of most records nobody in Python looks at them. */
static PyObject *as_pairs(PyTypeObject *type, const Header *headers, size_t count)
{
    unsigned char few[1024], *bytes = few, *to;
    size_t most = 0;
    for (size_t i = 0; i < count; i++) most += headers[i].name_size + headers[i].size + 20;
    if (most > sizeof few && !(bytes = PyMem_Malloc(most))) return PyErr_NoMemory();
    to = bytes;
    for (size_t i = 0; i < count; i++) {
        to = put_length(to, headers[i].name_size);
        memcpy(to, headers[i].name, headers[i].name_size);
        to = put_length(to + headers[i].name_size, headers[i].size);
        if (headers[i].size) memcpy(to, headers[i].value, headers[i].size);
        to += headers[i].size;
    }
    Pairs *pairs = PyObject_NewVar(Pairs, type, to - bytes);
    if (pairs) {
        pairs->count = (Py_ssize_t)count;
        memcpy(pairs->bytes, bytes, (size_t)(to - bytes));
    }
    if (bytes != few) PyMem_Free(bytes);
    return (PyObject *)pairs;
}

static PyObject *headers_of(Consumer *self, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *said = NULL;
    Header few[MOST_PAIRS], *headers = few;
    size_t count = 0;
    int plain = 1, found = 1;
    if (rd_kafka.message_headers(message, &said) == NO_ERROR) count = rd_kafka.header_cnt(said);
    if (!count) return Py_NewRef(self->empty);
    if (count > MOST_PAIRS && !(headers = PyMem_Calloc(count, sizeof *headers))) return PyErr_NoMemory();
    for (size_t i = 0; found && i < count; i++) {
        Header *header = &headers[i];
        found = rd_kafka.header_get_all(said, i, &header->name, &header->value, &header->size) == NO_ERROR;
        if (!found) break;
        if (!header->value) header->size = 0;
        header->name_size = strlen(header->name);
        plain = plain && is_ascii(header->name, (Py_ssize_t)header->name_size);
    }
    PyObject *made = NULL;
    if (!found) PyErr_SetString(PyExc_RuntimeError, "librdkafka counted more headers than there are");
    else made = plain ? as_pairs((PyTypeObject *)self->pairs, headers, count) : one_by_one(headers, count);
    if (headers != few) PyMem_Free(headers);
    return made;
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
        if (i % 128 == 127) { /* some 0.2 ms: other threads that wait for Python have their turn */
            Py_BEGIN_ALLOW_THREADS
            Py_END_ALLOW_THREADS
        }
    }
    return 1;
}

#endif
