/* Where a key belongs. */

#ifndef KLANTBUS_PLACING_H
#define KLANTBUS_PLACING_H

#include "wire.h"

/* murmur2, as Kafka's own client seeds it. */
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

#endif
