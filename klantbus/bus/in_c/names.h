/* Names that follow from what they name, and where a key belongs: UUID version 5 (RFC 9562) over SHA-1, murmur2. */

#ifndef KLANTBUS_NAMES_H
#define KLANTBUS_NAMES_H

#include "headers.h"

/* -- SHA-1 (FIPS 180-4) of one short message */

static inline uint32_t turned(uint32_t word, int by)
{
    return word << by | word >> (32 - by);
}

static void sha1_block(uint32_t state[5], const unsigned char *block)
{
    uint32_t w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 80; i++) w[i] = turned(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f = i < 20 ? ((b & c) | (~b & d)) + 0x5A827999 : i < 40 ? (b ^ c ^ d) + 0x6ED9EBA1
            : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC : (b ^ c ^ d) + 0xCA62C1D6;
        uint32_t next = turned(a, 5) + f + e + w[i];
        e = d;
        d = c;
        c = turned(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

/* The sum of a space of sixteen bytes and a text behind it. */
static void sha1(const char *space, const char *text, Py_ssize_t size, unsigned char sum[20])
{
    uint32_t state[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    unsigned char block[64];
    uint64_t bits = 8 * (16 + (uint64_t)size);
    Py_ssize_t filled = 16;
    memcpy(block, space, 16);
    while (size >= 64 - filled) {
        memcpy(block + filled, text, (size_t)(64 - filled));
        text += 64 - filled;
        size -= 64 - filled;
        filled = 0;
        sha1_block(state, block);
    }
    memcpy(block + filled, text, (size_t)size);
    filled += size;
    block[filled++] = 0x80;
    if (filled > 56) {
        memset(block + filled, 0, (size_t)(64 - filled));
        sha1_block(state, block);
        filled = 0;
    }
    memset(block + filled, 0, (size_t)(56 - filled));
    for (int i = 0; i < 8; i++) block[56 + i] = (unsigned char)(bits >> (56 - 8 * i));
    sha1_block(state, block);
    for (int i = 0; i < 20; i++) sum[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
}

#define UUID_TEXT 36

static void uuid_text(const unsigned char sum[20], char *text)
{
    static const char hex[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++) {
        unsigned char byte = sum[i];
        if (i == 6) byte = (byte & 0x0F) | 0x50;
        if (i == 8) byte = (byte & 0x3F) | 0x80;
        if (i == 4 || i == 6 || i == 8 || i == 10) *text++ = '-';
        *text++ = hex[byte >> 4];
        *text++ = hex[byte & 15];
    }
}

PyDoc_STRVAR(named_doc,
"named(space, text)\n--\n\n"
"Return the UUID version 5 of `text` in a namespace (its sixteen bytes), written as usual.");

static PyObject *named(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t size;
    if (count != 2 || !PyBytes_Check(args[0]) || PyBytes_GET_SIZE(args[0]) != 16 || !PyUnicode_Check(args[1]))
        return PyErr_SetString(PyExc_TypeError, "named(sixteen bytes, text)"), NULL;
    const char *text = PyUnicode_AsUTF8AndSize(args[1], &size);
    if (!text) return NULL;
    unsigned char sum[20];
    char written[UUID_TEXT];
    sha1(PyBytes_AS_STRING(args[0]), text, size, sum);
    uuid_text(sum, written);
    return PyUnicode_FromStringAndSize(written, UUID_TEXT);
}

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
