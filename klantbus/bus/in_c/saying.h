/* Where a key belongs, and the headers of what the judge says. */

#ifndef KLANTBUS_SAYING_H
#define KLANTBUS_SAYING_H

#include "headers.h"

/* -- murmur2, as Kafka's own client seeds it */

static uint32_t murmur2(const unsigned char *key, Py_ssize_t size)
{
    const uint32_t mix = 0x5BD1E995;
    uint32_t state = 0x9747B28C ^ (uint32_t)size, last = 0;
    for (; size >= 4; size -= 4, key += 4) {
        uint32_t word = ((uint32_t)key[0] | (uint32_t)key[1] << 8 | (uint32_t)key[2] << 16 | (uint32_t)key[3] << 24) * mix;
        state = state * mix ^ (word ^ word >> 24) * mix;
    }
    for (Py_ssize_t i = 0; i < size; i++) last |= (uint32_t)key[i] << 8 * i;
    if (size) state = (state ^ last) * mix;
    state = (state ^ state >> 13) * mix;
    return state ^ state >> 15;
}

PyDoc_STRVAR(hashed_doc, "hashed(key)\n--\n\nReturn the unsigned 32-bit murmur2 of `key`, seeded as Kafka does.");

static PyObject *hashed(PyObject *Py_UNUSED(module), PyObject *key)
{
    if (!PyBytes_Check(key)) return PyErr_SetString(PyExc_TypeError, "a key is bytes"), NULL;
    return PyLong_FromUnsignedLong(murmur2((const unsigned char *)PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key)));
}

/* -- the headers of what the judge says */

PyDoc_STRVAR(mirroring_doc,
"mirroring(before, count, name, between, subject, instant)\n--\n\n"
"Return the headers of a verdict or an edge. `before` and `between` are those that never differ, as Kafka writes them,\n"
"`count` in all; around them stand ce_id, ce_subject, ce_time and ce_recordedtime, of which `instant` is the time (µs).");

static Step add_pair(Buffer *b, const char *name, const char *value, Py_ssize_t size)
{
    unsigned char head[64], *to = head;
    Py_ssize_t length = (Py_ssize_t)strlen(name);
    *to++ = (unsigned char)(length << 1);
    memcpy(to, name, (size_t)length);
    to += length;
    uint64_t left = (uint64_t)size << 1;
    for (; left >= 0x80; left >>= 7) *to++ = (unsigned char)(left | 0x80);
    *to++ = (unsigned char)left;
    return put(b, (char *)head, to - head) == FINE ? put(b, value, size) : FAILED;
}

static PyObject *mirroring(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 6 || !PyBytes_Check(args[0]) || !PyBytes_Check(args[2]) || !PyBytes_Check(args[3]) || !PyBytes_Check(args[4]))
        return PyErr_SetString(PyExc_TypeError, "mirroring(before, count, name, between, subject, instant)"), NULL;
    Py_ssize_t fixed = PyLong_AsSsize_t(args[1]);
    int64_t instant = PyLong_AsLongLong(args[5]);
    if (PyErr_Occurred()) return NULL;
    char at[LONGEST_INSTANT];
    Py_ssize_t size = instant_text(at, instant);
    Buffer b;
    buffer_open(&b);
    PyObject *pairs = NULL;
    if (put(&b, PyBytes_AS_STRING(args[0]), PyBytes_GET_SIZE(args[0])) == FINE
        && add_pair(&b, "ce_id", PyBytes_AS_STRING(args[2]), PyBytes_GET_SIZE(args[2])) == FINE
        && put(&b, PyBytes_AS_STRING(args[3]), PyBytes_GET_SIZE(args[3])) == FINE
        && add_pair(&b, "ce_subject", PyBytes_AS_STRING(args[4]), PyBytes_GET_SIZE(args[4])) == FINE
        && add_pair(&b, "ce_time", at, size) == FINE && add_pair(&b, "ce_recordedtime", at, size) == FINE)
        pairs = pairs_of((unsigned char *)b.bytes, b.size, fixed + 4);
    buffer_close(&b);
    return pairs;
}

#endif
