/* Rows: a payload as JSON text, without a Python value in between. Personal text is set apart into a buffer of its own. */

#ifndef KLANTBUS_ROWS_H
#define KLANTBUS_ROWS_H

#include "shapes.h"

typedef struct {
    Buffer said, apart; /* apart: a stack of pieces that are put together when their group ends */
} Page;

typedef struct { Py_ssize_t from, size; } Piece;

static Step write_value(Node *node, Cursor *c, Page *page, Buffer *to, Piece *personal);

static inline Step put_bytes(Buffer *to, PyObject *bytes)
{
    return put(to, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
}

/* What is personal in a group, put together as an object in the order of `node->order`; none has size 0. */
static Step join_apart(Node *node, Page *page, const Piece *pieces, Piece *whole)
{
    Buffer *apart = &page->apart;
    Py_ssize_t from = apart->size;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(node->order); i++) {
        Py_ssize_t field = PyLong_AsSsize_t(PyTuple_GET_ITEM(node->order, i));
        const Piece *piece = &pieces[field];
        if (!piece->size) continue;
        if (put(apart, apart->size == from ? "{" : ",", 1) != FINE
            || put_bytes(apart, PyTuple_GET_ITEM(node->labels, field + 1)) != FINE
            || (apart->room - apart->size < piece->size && buffer_grow(apart, piece->size) != FINE)
            || put(apart, apart->bytes + piece->from, piece->size) != FINE)
            return FAILED;
    }
    if (apart->size > from && put(apart, "}", 1) != FINE) return FAILED;
    whole->from = from;
    whole->size = apart->size - from;
    return FINE;
}

/* A field of a record: nothing where it is null, apart where it is personal and says more than its default. */
static Step write_field(Node *node, Py_ssize_t field, Cursor *c, Page *page, Buffer *to, Piece *personal)
{
    Node *value = node->parts[field];
    while (value && value->kind == CHOICE) {
        Step step = read_branch(value, c, &value);
        if (step != FINE) return step;
    }
    if (!value) return FINE;
    PyObject *usual = PyTuple_GET_ITEM(node->defaults, field);
    if (usual != Py_None) {
        Buffer *apart = &page->apart;
        Py_ssize_t from = apart->size;
        Step step = write_value(value, c, page, apart, personal);
        if (step != FINE) return step;
        Piece piece = {from, apart->size - from};
        int same = piece.size == PyBytes_GET_SIZE(usual)
            && !memcmp(apart->bytes + from, PyBytes_AS_STRING(usual), (size_t)piece.size);
        *personal = same ? (Piece){0, 0} : piece;
        return FINE;
    }
    if ((to->bytes[to->size - 1] != '{' && put(to, ",", 1) != FINE)
        || put_bytes(to, PyTuple_GET_ITEM(node->labels, field + 1)) != FINE)
        return FAILED;
    return write_value(value, c, page, to, personal);
}

/* A record as an object. labels[0] is how it begins, with the defaults of fields that an older schema has not. */
static Step write_group(Node *node, Cursor *c, Page *page, Buffer *to, Piece *personal)
{
    Piece pieces[MOST_FIELDS] = {{0, 0}};
    if (put_bytes(to, PyTuple_GET_ITEM(node->labels, 0)) != FINE) return FAILED;
    for (Py_ssize_t i = 0; i < node->count; i++) {
        Step step = write_field(node, i, c, page, to, &pieces[i]);
        if (step != FINE) return step;
    }
    if (put(to, "}", 1) != FINE) return FAILED;
    return join_apart(node, page, pieces, personal);
}

static Step write_items(Node *node, Cursor *c, Page *page, Buffer *to)
{
    int64_t count;
    Piece none;
    Step step = read_count(c, node->most, &count);
    if (step != FINE) return step;
    if (put(to, "[", 1) != FINE) return FAILED;
    for (int64_t i = 0; i < count; i++) {
        if (i && put(to, ",", 1) != FINE) return FAILED;
        if ((step = write_value(node->parts[0], c, page, to, &none)) != FINE) return step;
    }
    if (count && read_end(c) != FINE) return ODD;
    return put(to, "]", 1);
}

/* A text that was just read, if it keeps to its limits. */
static Step write_text(Node *node, Cursor *c, Buffer *to)
{
    if (node->check == Py_None && !node->visible && is_ascii(c->text, c->size)) {
        if (c->size < node->least || c->size > node->most) return ODD;
    } else {
        PyObject *text = checked_text(node, c);
        if (!text) return ODD;
        Py_DECREF(text);
    }
    return put_text(to, c->text, c->size);
}

static Step write_instant(Cursor *c, Buffer *to)
{
    char text[LONGEST_INSTANT + 2];
    if (read_instant(c) != FINE) return ODD;
    Py_ssize_t size = instant_text(text + 1, c->instant);
    text[0] = text[size + 1] = '"';
    return put(to, text, size + 2);
}

static Step write_day(Cursor *c, Buffer *to)
{
    char text[12];
    int64_t days;
    int year, month, day;
    if (read_day(c, &days) != FINE) return ODD;
    civil(days, &year, &month, &day);
    put_day(text + 1, year, month, day);
    text[0] = text[11] = '"';
    return put(to, text, sizeof text);
}

static Step write_value(Node *node, Cursor *c, Page *page, Buffer *to, Piece *personal)
{
    int64_t number;
    unsigned char byte;
    Py_ssize_t symbol;
    switch (node->kind) {
    case TEXT:
        return read_text(c, node->most) == FINE ? write_text(node, c, to) : ODD;
    case WORD:
        symbol = read_symbol(node, c);
        return symbol < 0 ? ODD : put_bytes(to, PyTuple_GET_ITEM(node->words, symbol));
    case TRUTH:
        if (read_byte(c, &byte) != FINE || byte > 1) return ODD;
        return byte ? put(to, "true", 4) : put(to, "false", 5);
    case MOMENT:
        return write_instant(c, to);
    case DATE:
        return write_day(c, to);
    case AMOUNT:
        return read_digits(c, node->most, &number) == FINE ? put_amount(to, number, (int)node->least) : ODD;
    case WHOLE:
        if (read_number(c, &number) != FINE || number < node->least || number > node->most) return ODD;
        return put_whole(to, number);
    case CHOICE:
        if (read_branch(node, c, &node) != FINE) return ODD;
        return node ? write_value(node, c, page, to, personal) : put(to, "null", 4);
    case MANY:
        return write_items(node, c, page, to);
    case INSTANT: case ORDINAL: case PART: case NOTHING:
        return ODD; /* what the judge keeps is no row */
    case GROUP:
        return write_group(node, c, page, to, personal);
    case TABLE: /* names that may come twice: a matter for the reader in Python */
        return ODD;
    }
    return ODD;
}

#endif
