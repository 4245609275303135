/* What a fact holds, as a tree of nodes; `klantbus.bus.avro.quick` describes it in tuples (see `describe` there). */

#ifndef KLANTBUS_SHAPES_H
#define KLANTBUS_SHAPES_H

#include "wire.h"

typedef enum {
    TEXT = 'T', WORD = 'W', TRUTH = 'B', MOMENT = 'M', DATE = 'D', AMOUNT = 'A', WHOLE = 'N',
    CHOICE = 'C', MANY = 'L', TABLE = 'K', GROUP = 'G',
    INSTANT = 'I', ORDINAL = 'O', PART = 'P', NOTHING = 'X' /* of what the judge keeps: see `noted` in facts.h */
} Kind;

typedef struct Node Node;
struct Node {
    Kind kind;
    int64_t least, most; /* of a whole; characters of a text; AMOUNT: scale and bound; MANY, TABLE: items */
    Py_ssize_t count;
    Node **parts; /* branches (NULL: null), fields, or key and item */
    PyObject *owner; /* the tuple that holds all that is borrowed below */
    PyObject *check; /* TEXT: called with it, or None; AMOUNT: makes a Decimal of its digits */
    PyObject *usual; /* TEXT: the value that comes most, or None */
    int visible; /* TEXT: it holds visible ASCII alone, as ids do */
    PyObject *seen; /* TEXT, AMOUNT: what was read before, and is read again; or NULL */
    PyObject *words; /* WORD: what each symbol means; for rows its JSON */
    PyObject *model, *names, *places, *absent, *said; /* GROUP of a fact: see `made` in facts.h; PART: its maker,
                                                         the places of its parts, and what is always so */
    PyObject *labels, *defaults, *order; /* GROUP of a row: see `write_group` in rows.h */
};

#define REMEMBERED 65536
#define MOST_FIELDS 48

static void node_free(Node *node)
{
    if (!node) return;
    for (Py_ssize_t i = 0; i < node->count; i++) node_free(node->parts[i]);
    PyMem_Free(node->parts);
    Py_XDECREF(node->owner);
    Py_XDECREF(node->seen);
    PyMem_Free(node);
}

static Node *node_of(PyObject *described);

/* The nodes that `described`, a tuple, holds; 0 when a Python exception is set. */
static int node_parts(Node *node, PyObject *described)
{
    Py_ssize_t count = PyTuple_GET_SIZE(described);
    node->parts = PyMem_Calloc((size_t)(count ? count : 1), sizeof(Node *));
    if (!node->parts) return PyErr_NoMemory(), 0;
    node->count = count;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *part = PyTuple_GET_ITEM(described, i);
        if (part != Py_None && !(node->parts[i] = node_of(part))) return 0;
    }
    return 1;
}

static int node_fill(Node *node, PyObject *rest)
{
    PyObject *parts = NULL;
    long long least = 0, most = 0;
    int remember = 0, good;
    switch (node->kind) {
    case TEXT:
        good = PyArg_ParseTuple(rest, "LLOOpp", &least, &most, &node->check, &node->usual, &node->visible, &remember);
        break;
    case AMOUNT:
        remember = 1;
        good = PyArg_ParseTuple(rest, "LLO", &least, &most, &node->check);
        break;
    case WORD:
        good = PyArg_ParseTuple(rest, "O!", &PyTuple_Type, &node->words);
        break;
    case WHOLE:
        good = PyArg_ParseTuple(rest, "LL", &least, &most);
        break;
    case TRUTH: case MOMENT: case DATE: case INSTANT: case ORDINAL: case NOTHING:
        good = 1;
        break;
    case PART:
        good = PyArg_ParseTuple(rest, "O!OO!O!", &PyTuple_Type, &parts, &node->model, &PyTuple_Type, &node->places,
                                &PyTuple_Type, &node->absent)
            && PyTuple_GET_SIZE(parts) <= MOST_FIELDS && PyTuple_GET_SIZE(node->places) <= MOST_FIELDS
            && PyTuple_GET_SIZE(node->places) == PyTuple_GET_SIZE(node->absent);
        if (!good && !PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "a part has a place or a value for each field");
        break;
    case CHOICE:
        good = PyArg_ParseTuple(rest, "O!", &PyTuple_Type, &parts);
        break;
    case MANY: case TABLE:
        good = PyArg_ParseTuple(rest, "LO!", &most, &PyTuple_Type, &parts);
        break;
    case GROUP:
        good = PyTuple_GET_SIZE(rest) == 6
            ? PyArg_ParseTuple(rest, "O!OO!O!O!O!", &PyTuple_Type, &parts, &node->model, &PyTuple_Type, &node->names,
                               &PyTuple_Type, &node->places, &PyTuple_Type, &node->absent, &PySet_Type, &node->said)
            : PyArg_ParseTuple(rest, "O!O!O!O!", &PyTuple_Type, &parts, &PyTuple_Type, &node->labels,
                               &PyTuple_Type, &node->defaults, &PyTuple_Type, &node->order);
        if (good && PyTuple_GET_SIZE(parts) > MOST_FIELDS) good = (PyErr_SetString(PyExc_ValueError, "too many fields"), 0);
        break;
    default:
        PyErr_SetString(PyExc_ValueError, "no such kind of node");
        return 0;
    }
    node->least = least;
    node->most = most;
    if (!good || (remember && !(node->seen = PyDict_New()))) return 0;
    return parts ? node_parts(node, parts) : 1;
}

static Node *node_of(PyObject *described)
{
    if (!PyTuple_Check(described) || PyTuple_GET_SIZE(described) < 1) {
        PyErr_SetString(PyExc_TypeError, "a node is described by a tuple");
        return NULL;
    }
    const char *kind = PyUnicode_AsUTF8(PyTuple_GET_ITEM(described, 0));
    PyObject *rest = kind ? PyTuple_GetSlice(described, 1, PyTuple_GET_SIZE(described)) : NULL;
    Node *node = rest ? PyMem_Calloc(1, sizeof(Node)) : NULL;
    if (!node) {
        Py_XDECREF(rest);
        return PyErr_Occurred() ? NULL : (PyErr_NoMemory(), NULL);
    }
    node->kind = (Kind)kind[0];
    node->owner = rest;
    if (!node_fill(node, rest)) {
        node_free(node);
        return NULL;
    }
    return node;
}

/* What `key` (which is taken) was read as before; a new reference, or NULL where it was not, or with an exception. */
static inline PyObject *recall(Node *node, PyObject *key)
{
    PyObject *found = PyDict_GetItemWithError(node->seen, key);
    Py_XINCREF(found);
    return found;
}

static inline Step remember(Node *node, PyObject *key, PyObject *value)
{
    if (PyDict_GET_SIZE(node->seen) >= REMEMBERED) PyDict_Clear(node->seen);
    return PyDict_SetItem(node->seen, key, value) < 0 ? FAILED : FINE;
}

/* The text that was just read as a str that keeps to its limits; NULL when it is odd, or with an exception. */
static PyObject *checked_text(Node *node, Cursor *c)
{
    PyObject *usual = node->usual;
    if (usual != Py_None && PyUnicode_GET_LENGTH(usual) == c->size && PyUnicode_IS_ASCII(usual)
        && !memcmp(PyUnicode_1BYTE_DATA(usual), c->text, (size_t)c->size))
        return Py_NewRef(usual);
    PyObject *text = PyUnicode_DecodeUTF8(c->text, c->size, NULL);
    if (!text) return NULL;
    if (node->seen) {
        PyObject *before = recall(node, text);
        if (before || PyErr_Occurred()) {
            Py_DECREF(text);
            return before;
        }
    }
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    int good = node->least <= length && length <= node->most && (!node->visible || is_visible(c->text, c->size));
    if (good && node->check != Py_None) {
        PyObject *answer = PyObject_CallOneArg(node->check, text);
        good = answer != NULL;
        Py_XDECREF(answer);
    }
    if (good && node->seen && remember(node, text, text) != FINE) good = 0;
    if (!good) Py_CLEAR(text);
    return text;
}

/* The symbol of a word that comes next, counted; -1 when it is odd. */
static inline Py_ssize_t read_symbol(Node *node, Cursor *c)
{
    unsigned char twice;
    if (read_byte(c, &twice) != FINE || twice & 0x81 || twice >> 1 >= PyTuple_GET_SIZE(node->words)) return -1;
    return twice >> 1;
}

/* The branch that comes next: FINE and NULL for null. */
static inline Step read_branch(Node *node, Cursor *c, Node **branch)
{
    unsigned char twice;
    if (read_byte(c, &twice) != FINE || twice & 0x81 || twice >> 1 >= node->count) return ODD;
    *branch = node->parts[twice >> 1];
    if (!*branch) c->text = NULL;
    return FINE;
}

/* The instants and days that a fact may hold; set once by `limits`. */
static int64_t first_instant, last_instant, first_day, last_day;

static inline Step read_instant(Cursor *c)
{
    Step step = read_number(c, &c->instant);
    if (step != FINE) return step;
    return first_instant <= c->instant && c->instant <= last_instant ? FINE : ODD;
}

static inline Step read_day(Cursor *c, int64_t *day)
{
    Step step = read_number(c, day);
    if (step != FINE) return step;
    return first_day <= *day && *day <= last_day ? FINE : ODD;
}

#endif
