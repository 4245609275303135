/* Names that follow from what they name: UUIDs of version 5 (RFC 9562), so by SHA-1 (FIPS 180-4), which the
   processor reckons itself where it can. */

#ifndef KLANTBUS_NAMING_H
#define KLANTBUS_NAMING_H

#include "wire.h"

#define SHA1_BLOCK 64

static inline uint32_t turned(uint32_t x, int by)
{
    return x << by | x >> (32 - by);
}

/* Twenty rounds, which share their function `mixed` of b, c and d, and what they add. */
#define TWENTY_ROUNDS(from, mixed, added) \
    for (int i = from; i < from + 20; i++) { \
        uint32_t next = turned(a, 5) + (mixed) + e + added + w[i]; \
        e = d; \
        d = c; \
        c = turned(b, 30); \
        b = a; \
        a = next; \
    }

static void sha1_block(uint32_t h[5], const unsigned char *at)
{
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 16; i++, at += 4) w[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    for (int i = 16; i < 80; i++) w[i] = turned(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    TWENTY_ROUNDS(0, (b & c) | (~b & d), 0x5A827999)
    TWENTY_ROUNDS(20, b ^ c ^ d, 0x6ED9EBA1)
    TWENTY_ROUNDS(40, (b & c) | (b & d) | (c & d), 0x8F1BBCDC)
    TWENTY_ROUNDS(60, b ^ c ^ d, 0xCA62C1D6)
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

#if defined(__x86_64__) && defined(__GNUC__) && __GNUC__ >= 11
#include <immintrin.h>
#define CAN_HASH __builtin_cpu_supports("sha")

/* Four rounds at a time; `kind` is which of the four functions of SHA-1 they take. */
#define FOUR_ROUNDS(i, kind) \
    e = _mm_sha1nexte_epu32(before, w[i]); \
    before = abcd; \
    abcd = _mm_sha1rnds4_epu32(abcd, e, kind)

__attribute__((target("sha,sse4.1"))) static void sha1_block_quick(uint32_t h[5], const unsigned char *at)
{
    const __m128i swapped = _mm_set_epi64x(0x0001020304050607, 0x08090A0B0C0D0E0F);
    __m128i w[20], abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)h), 0x1B), e = _mm_set_epi32((int)h[4], 0, 0, 0);
    const __m128i abcd_before = abcd, e_before = e;
    for (int i = 0; i < 4; i++) w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)at + i), swapped);
    for (int i = 4; i < 20; i++)
        w[i] = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(w[i - 4], w[i - 3]), w[i - 2]), w[i - 1]);
    __m128i before = abcd;
    abcd = _mm_sha1rnds4_epu32(abcd, _mm_add_epi32(e, w[0]), 0);
    for (int i = 1; i < 5; i++) { FOUR_ROUNDS(i, 0); }
    for (int i = 5; i < 10; i++) { FOUR_ROUNDS(i, 1); }
    for (int i = 10; i < 15; i++) { FOUR_ROUNDS(i, 2); }
    for (int i = 15; i < 20; i++) { FOUR_ROUNDS(i, 3); }
    e = _mm_sha1nexte_epu32(before, e_before);
    _mm_storeu_si128((__m128i *)h, _mm_shuffle_epi32(_mm_add_epi32(abcd, abcd_before), 0x1B));
    h[4] = (uint32_t)_mm_extract_epi32(e, 3);
}
#else
#define CAN_HASH 0
#define sha1_block_quick sha1_block
#endif

static int hashes_quickly;

PyDoc_STRVAR(hash_quickly_doc,
"hash_quickly(wish)\n--\n\nLet the processor reckon SHA-1 itself, if it can, or not; return whether it does. For tests.");

static PyObject *hash_quickly(PyObject *Py_UNUSED(module), PyObject *wish)
{
    hashes_quickly = wish == Py_True && CAN_HASH;
    return PyBool_FromLong(hashes_quickly);
}

/* The SHA-1 of what is in the buffer, which is padded for it. */
static Step sha1(Buffer *b, uint32_t h[5])
{
    static const char padding[SHA1_BLOCK] = {(char)0x80};
    const uint32_t first[] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    unsigned char size[8];
    uint64_t bits = (uint64_t)b->size << 3;
    for (int i = 8; i--; bits >>= 8) size[i] = (unsigned char)bits;
    if (put(b, padding, SHA1_BLOCK - (b->size + 8) % SHA1_BLOCK) != FINE || put(b, (char *)size, 8) != FINE) return FAILED;
    memcpy(h, first, sizeof first);
    for (Py_ssize_t at = 0; at < b->size; at += SHA1_BLOCK)
        (hashes_quickly ? sha1_block_quick : sha1_block)(h, (unsigned char *)b->bytes + at);
    return FINE;
}

static Step put_number_text(Buffer *b, int64_t number)
{
    char text[20], *from = text + sizeof text;
    if (number < 0) return put_whole(b, number);
    do *--from = (char)('0' + number % 10);
    while (number /= 10);
    return put(b, from, text + sizeof text - from);
}

static Step put_part(Buffer *b, PyObject *part)
{
    Py_ssize_t size;
    if (PyUnicode_Check(part)) {
        const char *text = PyUnicode_AsUTF8AndSize(part, &size);
        return text ? put(b, text, size) : FAILED;
    }
    int64_t number;
    return whole_of(part, &number) == FINE ? put_number_text(b, number) : FAILED;
}

PyDoc_STRVAR(named_doc,
"named(space, *parts)\n--\n\n"
"Return the UUID of version 5, as text, of `parts` (texts and whole numbers) put together, in the namespace `space` (16 bytes).");

static PyObject *named(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    static const char hex[] = "0123456789abcdef";
    if (count < 1 || !PyBytes_Check(args[0]) || PyBytes_GET_SIZE(args[0]) != 16)
        return PyErr_SetString(PyExc_TypeError, "named(space, *parts): a namespace is 16 bytes"), NULL;
    Buffer b;
    buffer_open(&b);
    uint32_t h[5];
    Step step = put(&b, PyBytes_AS_STRING(args[0]), 16);
    for (Py_ssize_t i = 1; step == FINE && i < count; i++) step = put_part(&b, args[i]);
    if (step == FINE) step = sha1(&b, h);
    buffer_close(&b);
    if (step != FINE) return NULL;
    h[1] = (h[1] & 0xFFFF0FFF) | 0x5000;
    h[2] = (h[2] & 0x3FFFFFFF) | 0x80000000;
    char text[36], *to = text;
    for (int digit = 0; digit < 32; digit++) {
        if (digit == 8 || digit == 12 || digit == 16 || digit == 20) *to++ = '-';
        *to++ = hex[h[digit / 8] >> (28 - digit % 8 * 4) & 15];
    }
    return PyUnicode_FromStringAndSize(text, sizeof text);
}

#endif
