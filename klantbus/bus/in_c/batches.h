/* Kafka's record batches (its message format 2): records cut out of fetched ones, and written into new ones.

   What is compressed, part of a transaction, of an older format or in any way wrong is "odd": it is left to the
   client's own reader, which knows all of it and says what is wrong. */

#ifndef KLANTBUS_BATCHES_H
#define KLANTBUS_BATCHES_H

#include "headers.h"

enum {
    BATCH_LENGTH = 8, BATCH_FORMAT = 16, BATCH_SUM = 17, BATCH_MARKS = 21, BATCH_LAST = 23, BATCH_FIRST_STAMP = 27,
    BATCH_LAST_STAMP = 35, BATCH_COUNT = 57, BATCH_HEAD = 61
};
#define BATCH_OVERHEAD 12 /* bytes of a batch that its length does not count */
#define STAMPED_BY_LOG 0x08
#define NOT_PLAIN 0x37 /* compressed, in a transaction, or a marker of one */

static inline uint64_t big_endian(const unsigned char *at, int size)
{
    uint64_t value = 0;
    while (size--) value = value << 8 | *at++;
    return value;
}

/* -- reading */

typedef struct {
    PyTypeObject *kind;
    PyObject *topic, *partition, *sum, *records;
    int64_t position; /* what lies before it was not asked for, or was there already */
} Fetch;

/* FINE when the sum over the batch is what it says; `sum` reckons it. */
static Step sums_up(Fetch *f, const unsigned char *batch, Py_ssize_t size)
{
    PyObject *view = PyMemoryView_FromMemory((char *)batch + BATCH_MARKS, size - BATCH_MARKS, PyBUF_READ);
    PyObject *answer = view ? PyObject_CallOneArg(f->sum, view) : NULL;
    unsigned long long sum = answer ? PyLong_AsUnsignedLongLong(answer) : 0;
    Py_XDECREF(view);
    Py_XDECREF(answer);
    if (PyErr_Occurred()) return FAILED;
    return sum == big_endian(batch + BATCH_SUM, 4) ? FINE : ODD;
}

/* Key or value: bytes or None. */
static PyObject *read_part(Cursor *c)
{
    int64_t size;
    if (read_number(c, &size) != FINE || size > c->end - c->at) return NULL;
    if (size < 0) return Py_NewRef(Py_None);
    PyObject *part = PyBytes_FromStringAndSize((const char *)c->at, (Py_ssize_t)size);
    c->at += size;
    return part;
}

static PyObject *read_pairs(Cursor *c)
{
    int64_t count;
    Pair pair;
    if (read_number(c, &count) != FINE || count < 0 || count > c->end - c->at) return NULL;
    const unsigned char *from = c->at;
    for (int64_t i = 0; i < count; i++)
        if (read_pair(c, &pair) != FINE) return NULL;
    return count ? pairs_of(from, c->at - from, (Py_ssize_t)count) : PyTuple_New(0);
}

/* The record between the cursor and its end, added to the others. `stamp`: 0 or that of the whole batch (ms). */
static Step read_record(Fetch *f, Cursor *c, int64_t base, int64_t first, int64_t stamp)
{
    unsigned char marks;
    int64_t later, place;
    if (read_byte(c, &marks) != FINE || marks || read_number(c, &later) != FINE || read_number(c, &place) != FINE) return ODD;
    PyObject *parts[7] = {Py_NewRef(f->topic), Py_NewRef(f->partition), PyLong_FromLongLong(base + place),
                          PyLong_FromLongLong((stamp ? stamp : first + later) * 1000), NULL, NULL, NULL};
    if ((parts[4] = read_part(c)) && (parts[5] = read_part(c))) parts[6] = read_pairs(c);
    int good = parts[2] && parts[3] && parts[6] && c->at == c->end;
    PyObject *record = good ? f->kind->tp_alloc(f->kind, 7) : NULL;
    for (int i = 0; i < 7; i++) {
        if (record) PyTuple_SET_ITEM(record, i, parts[i]);
        else Py_XDECREF(parts[i]);
    }
    if (!record) return PyErr_Occurred() ? FAILED : ODD;
    PyObject_GC_UnTrack(record); /* nothing in it can hold it: the collector need not walk it */
    int added = 0;
    if (base + place >= f->position) {
        added = PyList_Append(f->records, record);
        f->position = base + place + 1;
    }
    Py_DECREF(record);
    return added < 0 ? FAILED : FINE;
}

static Step read_batch(Fetch *f, const unsigned char *batch, Py_ssize_t size, int64_t *next)
{
    if (size < BATCH_HEAD || batch[BATCH_FORMAT] != 2) return ODD;
    uint64_t marks = big_endian(batch + BATCH_MARKS, 2);
    if (marks & NOT_PLAIN) return ODD;
    Step step = sums_up(f, batch, size);
    int64_t base = (int64_t)big_endian(batch, 8), first = (int64_t)big_endian(batch + BATCH_FIRST_STAMP, 8);
    int64_t stamp = marks & STAMPED_BY_LOG ? (int64_t)big_endian(batch + BATCH_LAST_STAMP, 8) : 0;
    Cursor c = {batch + BATCH_HEAD, batch + size, NULL, 0, 0, NULL};
    for (uint64_t left = big_endian(batch + BATCH_COUNT, 4); step == FINE && left--;) {
        int64_t length;
        if (read_number(&c, &length) != FINE || length < 0 || length > c.end - c.at) return ODD;
        Cursor one = {c.at, c.at + length, NULL, 0, 0, NULL};
        step = read_record(f, &one, base, first, stamp);
        c.at += length;
    }
    *next = base + (int64_t)big_endian(batch + BATCH_LAST, 4) + 1;
    return step == FINE && c.at != c.end ? ODD : step;
}

PyDoc_STRVAR(fetched_doc,
"fetched(kind, topic, partition, data, position, sum)\n--\n\n"
"Return the records in `data`, batches as Kafka fetches them, from offset `position` on, each as a `kind`, a tuple of\n"
"(topic, partition, offset, appended in µs, key, value, headers), and the offset behind the last batch; None where\n"
"the client's own reader has to be asked. `sum` reckons the CRC-32C of a buffer.");

static PyObject *fetched(PyObject *Py_UNUSED(module), PyObject *args)
{
    Fetch f;
    PyObject *data;
    long long position;
    if (!PyArg_ParseTuple(args, "O!OOO!LO", &PyType_Type, &f.kind, &f.topic, &f.partition, &PyBytes_Type, &data, &position, &f.sum))
        return NULL;
    if (!PyType_IsSubtype(f.kind, &PyTuple_Type)) return PyErr_SetString(PyExc_TypeError, "kind is a tuple"), NULL;
    const unsigned char *at = (const unsigned char *)PyBytes_AS_STRING(data), *end = at + PyBytes_GET_SIZE(data);
    int64_t next = f.position = position;
    if (!(f.records = PyList_New(0))) return NULL;
    Step step = FINE;
    while (step == FINE && end - at >= BATCH_OVERHEAD) {
        int64_t length = (int32_t)big_endian(at + BATCH_LENGTH, 4);
        if (length < 0) step = ODD;
        else if (length + BATCH_OVERHEAD > end - at) break; /* the last one may be cut off */
        else step = read_batch(&f, at, (Py_ssize_t)(length + BATCH_OVERHEAD), &next);
        at += length + BATCH_OVERHEAD;
    }
    PyObject *answer = step == FINE ? Py_BuildValue("(OL)", f.records, (long long)next)
        : step == ODD ? Py_NewRef(Py_None) : NULL;
    Py_DECREF(f.records);
    return answer;
}

/* -- writing */

static inline unsigned char *put_number(unsigned char *to, int64_t number)
{
    uint64_t left = (uint64_t)number << 1 ^ (uint64_t)(number >> 63);
    for (; left >= 0x80; left >>= 7) *to++ = (unsigned char)(left | 0x80);
    *to++ = (unsigned char)left;
    return to;
}

static inline Step add_number(Buffer *b, int64_t number)
{
    unsigned char digits[10];
    return put(b, (char *)digits, put_number(digits, number) - digits);
}

static inline Step add_part(Buffer *b, PyObject *part)
{
    if (part == Py_None) return add_number(b, -1);
    if (!PyBytes_Check(part)) return PyErr_SetString(PyExc_TypeError, "keys and values are bytes"), FAILED;
    if (add_number(b, PyBytes_GET_SIZE(part)) != FINE) return FAILED;
    return put(b, PyBytes_AS_STRING(part), PyBytes_GET_SIZE(part));
}

static Step add_headers(Buffer *b, PyObject *headers)
{
    if (Py_TYPE(headers) == &pairs_type) {
        Pairs *pairs = (Pairs *)headers;
        return add_number(b, pairs->count) == FINE ? put(b, (char *)pairs->bytes, Py_SIZE(pairs)) : FAILED;
    }
    PyObject *all = PySequence_Fast(headers, "headers are a sequence");
    if (!all) return FAILED;
    Py_ssize_t count = PySequence_Fast_GET_SIZE(all), size;
    Step step = add_number(b, count);
    for (Py_ssize_t i = 0; step == FINE && i < count; i++) {
        PyObject *name, *value;
        const char *text;
        if (!PyArg_ParseTuple(PySequence_Fast_GET_ITEM(all, i), "UO", &name, &value)
            || !(text = PyUnicode_AsUTF8AndSize(name, &size)) || add_number(b, size) != FINE || put(b, text, size) != FINE)
            step = FAILED;
        else step = add_part(b, value);
    }
    Py_DECREF(all);
    return step;
}

/* What of a record follows its length, all stamped as the batch is. */
static Step add_record(Buffer *b, PyObject *record, Py_ssize_t place)
{
    b->size = 0;
    if (put(b, "\0\0", 2) != FINE || add_number(b, place) != FINE) return FAILED;
    if (add_part(b, PyTuple_GET_ITEM(record, 1)) != FINE || add_part(b, PyTuple_GET_ITEM(record, 2)) != FINE) return FAILED;
    return add_headers(b, PyTuple_GET_ITEM(record, 3));
}

PyDoc_STRVAR(packed_doc,
"packed(records, first, room, head)\n--\n\n"
"Return a batch, as a bytearray, of records (topic, key, value, headers) from `first` on, and how many those are: as\n"
"many as go into `room` bytes with its head, and at least one. The head, of `head` bytes, is left to be filled in.");

static PyObject *packed(PyObject *Py_UNUSED(module), PyObject *args)
{
    static const char nothing[BATCH_HEAD];
    PyObject *records, *batch, *answer = NULL;
    Py_ssize_t first, room, head, count = 0;
    if (!PyArg_ParseTuple(args, "O!nnn", &PyList_Type, &records, &first, &room, &head)) return NULL;
    if (head < 0 || head > (Py_ssize_t)sizeof nothing) return PyErr_SetString(PyExc_ValueError, "no such head"), NULL;
    if (first < 0 || first >= PyList_GET_SIZE(records)) return PyErr_SetString(PyExc_IndexError, "no such record"), NULL;
    Buffer all, one;
    buffer_open(&all);
    buffer_open(&one);
    Step step = put(&all, nothing, head);
    for (; step == FINE && first + count < PyList_GET_SIZE(records); count++) {
        PyObject *record = PyList_GET_ITEM(records, first + count);
        if (!PyTuple_Check(record) || PyTuple_GET_SIZE(record) != 4) {
            PyErr_SetString(PyExc_TypeError, "a record is a tuple of four");
            step = FAILED;
            break;
        }
        if ((step = add_record(&one, record, count)) != FINE) break;
        if (count && all.size + one.size + 10 > room) break;
        if (add_number(&all, one.size) != FINE || put(&all, one.bytes, one.size) != FINE) step = FAILED;
    }
    if (step == FINE && (batch = PyByteArray_FromStringAndSize(all.bytes, all.size))) answer = Py_BuildValue("(Nn)", batch, count);
    buffer_close(&all);
    buffer_close(&one);
    return answer;
}

#endif
