/* The bytes of a fact, read with care, and JSON text, written without.

   Whatever is not quite as our own writers write it is "odd": it is left to the reader in Python, which knows
   every other way and says what is wrong. So nothing in here explains an error, and nothing trusts a length. */

#ifndef KLANTBUS_WIRE_H
#define KLANTBUS_WIRE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

/* What a step comes to. FAILED has set a Python exception; ODD has not. */
typedef enum { FAILED = -1, ODD = 0, FINE = 1 } Step;

/* -- reading */

typedef struct {
    const unsigned char *at, *end;
    /* What was read last, as the headers mirror it. */
    const char *text; /* NULL after null */
    Py_ssize_t size;
    int64_t instant;
    PyObject *published; /* when the log got what is read, or NULL where nobody asks */
} Cursor;

/* A zig-zag number of at most nine bytes: no longer one is written by anybody. */
static inline Step read_number(Cursor *c, int64_t *number)
{
    uint64_t value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
        if (c->at == c->end) return ODD;
        unsigned char byte = *c->at++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *number = (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
            return FINE;
        }
    }
    return ODD;
}

static inline Step read_byte(Cursor *c, unsigned char *byte)
{
    if (c->at == c->end) return ODD;
    *byte = *c->at++;
    return FINE;
}

/* A text of at most `longest` characters; its characters are not looked at yet. */
static inline Step read_text(Cursor *c, int64_t longest)
{
    int64_t size;
    Step step = read_number(c, &size);
    if (step != FINE) return step;
    if (size < 0 || size > c->end - c->at || size / 4 > longest) return ODD;
    c->text = (const char *)c->at;
    c->size = (Py_ssize_t)size;
    c->at += size;
    return FINE;
}

/* The digits of a decimal, below `bound`; longer than eight bytes is odd. */
static inline Step read_digits(Cursor *c, int64_t bound, int64_t *digits)
{
    unsigned char twice;
    if (read_byte(c, &twice) != FINE || !twice || twice & 1 || twice > 16) return ODD;
    int size = twice >> 1;
    if (c->end - c->at < size) return ODD;
    uint64_t value = c->at[0] & 0x80 ? UINT64_MAX : 0;
    for (int i = 0; i < size; i++) value = value << 8 | *c->at++;
    *digits = (int64_t)value;
    return -bound < *digits && *digits < bound ? FINE : ODD;
}

/* How many items follow in the only block of a list; the end is read by `read_end`. */
static inline Step read_count(Cursor *c, int64_t limit, int64_t *count)
{
    Step step = read_number(c, count);
    if (step != FINE) return step;
    return 0 <= *count && *count <= limit && *count <= c->end - c->at ? FINE : ODD;
}

static inline Step read_end(Cursor *c)
{
    unsigned char byte;
    return read_byte(c, &byte) == FINE && !byte ? FINE : ODD;
}

static inline int is_ascii(const char *text, Py_ssize_t size)
{
    unsigned char any = 0;
    for (Py_ssize_t i = 0; i < size; i++) any |= (unsigned char)text[i];
    return any < 0x80;
}

static inline int is_visible(const char *text, Py_ssize_t size)
{
    for (Py_ssize_t i = 0; i < size; i++)
        if (text[i] < '!' || text[i] > '~') return 0;
    return 1;
}

/* -- calendar days (Gregorian, proleptic) and instants as text */

/* Days since 1970 to a date; as in Howard Hinnant's "chrono-compatible low-level date algorithms". */
static inline void civil(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

typedef struct { int year, month, day, hour, minute, second, micro; } Civil;

static inline Civil civil_of(int64_t micros)
{
    Civil when;
    int64_t seconds = micros / 1000000, rest = micros % 1000000;
    if (rest < 0) { rest += 1000000; seconds--; }
    int64_t days = seconds / 86400, clock = seconds % 86400;
    if (clock < 0) { clock += 86400; days--; }
    civil(days, &when.year, &when.month, &when.day);
    when.hour = (int)(clock / 3600);
    when.minute = (int)(clock / 60 % 60);
    when.second = (int)(clock % 60);
    when.micro = (int)rest;
    return when;
}

static inline char *put_digits(char *to, int value, int width)
{
    for (int i = width; i--; value /= 10) to[i] = (char)('0' + value % 10);
    return to + width;
}

static inline char *put_day(char *to, int year, int month, int day)
{
    to = put_digits(to, year, 4);
    *to++ = '-';
    to = put_digits(to, month, 2);
    *to++ = '-';
    return put_digits(to, day, 2);
}

#define LONGEST_INSTANT 27

/* RFC 3339 in UTC, without a fraction where there is none; returns its length. */
static inline Py_ssize_t instant_text(char *text, int64_t micros)
{
    Civil when = civil_of(micros);
    char *to = put_day(text, when.year, when.month, when.day);
    *to++ = 'T';
    to = put_digits(to, when.hour, 2);
    *to++ = ':';
    to = put_digits(to, when.minute, 2);
    *to++ = ':';
    to = put_digits(to, when.second, 2);
    if (when.micro) {
        *to++ = '.';
        to = put_digits(to, when.micro, 6);
    }
    *to++ = 'Z';
    return to - text;
}

/* -- whole numbers */

/* A whole number of Python's; an instant takes two of its digits, and `PyLong_AsLongLong` a detour from two on. */
static inline Step whole_of(PyObject *number, int64_t *value)
{
#if PY_VERSION_HEX < 0x030C0000
    if (PyLong_CheckExact(number) && Py_SIZE(number) == 2) {
        const digit *digits = ((PyLongObject *)number)->ob_digit;
        *value = (int64_t)digits[1] << PyLong_SHIFT | digits[0];
        return FINE;
    }
#endif
    *value = PyLong_AsLongLong(number);
    return *value == -1 && PyErr_Occurred() ? FAILED : FINE;
}

/* -- writing JSON, as orjson does */

typedef struct {
    char *bytes;
    Py_ssize_t size, room;
    char own[1024];
} Buffer;

static inline void buffer_open(Buffer *b)
{
    b->bytes = b->own;
    b->size = 0;
    b->room = sizeof b->own;
}

static inline void buffer_close(Buffer *b)
{
    if (b->bytes != b->own) PyMem_Free(b->bytes);
}

static inline Step buffer_grow(Buffer *b, Py_ssize_t more)
{
    Py_ssize_t room = b->room;
    while (room - b->size < more) room *= 2;
    char *bytes = PyMem_Malloc((size_t)room);
    if (!bytes) {
        PyErr_NoMemory();
        return FAILED;
    }
    memcpy(bytes, b->bytes, (size_t)b->size);
    buffer_close(b);
    b->bytes = bytes;
    b->room = room;
    return FINE;
}

static inline Step put(Buffer *b, const char *bytes, Py_ssize_t size)
{
    if (b->room - b->size < size && buffer_grow(b, size) != FINE) return FAILED;
    memcpy(b->bytes + b->size, bytes, (size_t)size);
    b->size += size;
    return FINE;
}

static inline Step put_whole(Buffer *b, int64_t value)
{
    char digits[24];
    return put(b, digits, snprintf(digits, sizeof digits, "%lld", (long long)value));
}

/* A decimal as text between quotes, all its digits kept; `scale` is at least one. */
static inline Step put_amount(Buffer *b, int64_t value, int scale)
{
    char digits[32], text[40], *to = text;
    int size = snprintf(digits, sizeof digits, "%0*lld", scale + 1, (long long)(value < 0 ? -value : value));
    *to++ = '"';
    if (value < 0) *to++ = '-';
    memcpy(to, digits, (size_t)(size - scale));
    to += size - scale;
    *to++ = '.';
    memcpy(to, digits + size - scale, (size_t)scale);
    to += scale;
    *to++ = '"';
    return put(b, text, to - text);
}

/* A text between quotes; it must be UTF-8 already. */
static inline Step put_text(Buffer *b, const char *text, Py_ssize_t size)
{
    static const char hex[] = "0123456789abcdef";
    Py_ssize_t most = 6 * size + 2;
    if (b->room - b->size < most && buffer_grow(b, most) != FINE) return FAILED;
    char *to = b->bytes + b->size;
    *to++ = '"';
    for (Py_ssize_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\') {
            *to++ = (char)byte;
            continue;
        }
        *to++ = '\\';
        switch (byte) {
        case '"': *to++ = '"'; break;
        case '\\': *to++ = '\\'; break;
        case '\b': *to++ = 'b'; break;
        case '\f': *to++ = 'f'; break;
        case '\n': *to++ = 'n'; break;
        case '\r': *to++ = 'r'; break;
        case '\t': *to++ = 't'; break;
        default:
            memcpy(to, "u00", 3);
            to += 3;
            *to++ = hex[byte >> 4];
            *to++ = hex[byte & 15];
        }
    }
    *to++ = '"';
    b->size = to - b->bytes;
    return FINE;
}

#endif
