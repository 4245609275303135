/* What is read, told and named in C. `Plan` reads facts that our own writers wrote, and leaves all else to the readers in
   Python; `stored` makes records of the journal's rows, `fetched` of what Kafka sends, `Teller` of what the judge decides,
   `packed` writes them for Kafka, and `named` gives ids that follow from a cause.

   Built by `make compiled` alone; `klantbus.bus.avro.quick` and `klantbus.bus.packing` use it where it is there. Tests hold it to the reader
   in Python on every type of fact and on hostile bytes: what both read is the same, to the last byte. */

#include "batches.h"
#include "facts.h"
#include "naming.h"
#include "placing.h"
#include "records.h"
#include "rows.h"
#include "sums.h"
#include "telling.h"

/* -- the envelope in the headers */

typedef struct {
    const char *text; /* NULL where the fact has none */
    Py_ssize_t size;
    int64_t instant;
} Said;

/* id, source, type, subject, causationid, traceparent; time, recordedtime; content-type, specversion */
enum { OPTIONAL = 4, TIMES = 6, FIXED = 8, MIRRORED = 10 };

static PyObject *header_names, *fixed_values; /* bytes each; set once by `setup` */

static int same(PyObject *bytes, const char *text, Py_ssize_t size)
{
    return PyBytes_GET_SIZE(bytes) == size && !memcmp(PyBytes_AS_STRING(bytes), text, (size_t)size);
}

static int header_of(const Pair *pair)
{
    for (int i = 0; i < MIRRORED; i++)
        if (same(PyTuple_GET_ITEM(header_names, i), pair->name, pair->name_size)) return i;
    return -1;
}

static int agrees(int header, const Pair *pair, const Said *said)
{
    char text[LONGEST_INSTANT];
    if (header >= FIXED) return same(PyTuple_GET_ITEM(fixed_values, header - FIXED), pair->value, pair->value_size);
    if (header >= TIMES) return pair->value_size == instant_text(text, said->instant) && !memcmp(text, pair->value, (size_t)pair->value_size);
    return said->text && said->size == pair->value_size && !memcmp(said->text, pair->value, (size_t)said->size);
}

/* The pair at `place` of a list or tuple of headers. */
static Step pair_at(PyObject *all, Py_ssize_t place, Pair *pair)
{
    PyObject *both = PySequence_Fast_GET_ITEM(all, place);
    if (!PyTuple_Check(both) || PyTuple_GET_SIZE(both) != 2 || !PyUnicode_Check(PyTuple_GET_ITEM(both, 0))
        || !PyBytes_Check(PyTuple_GET_ITEM(both, 1)))
        return ODD;
    pair->name = PyUnicode_AsUTF8AndSize(PyTuple_GET_ITEM(both, 0), &pair->name_size);
    pair->value = PyBytes_AS_STRING(PyTuple_GET_ITEM(both, 1));
    pair->value_size = PyBytes_GET_SIZE(PyTuple_GET_ITEM(both, 1));
    return pair->name ? FINE : FAILED;
}

/* FINE when there are no headers, or just those that our own writers write; what else they say is odd. */
static Step mirrors(PyObject *headers, const Said *said, const int *roles)
{
    unsigned seen = 0, wanted = 0;
    Pairs *pairs = Py_TYPE(headers) == &pairs_type ? (Pairs *)headers : NULL;
    PyObject *all = pairs ? NULL : PySequence_Fast(headers, "headers are a sequence");
    if (!pairs && !all) return FAILED;
    Py_ssize_t count = pairs ? pairs->count : PySequence_Fast_GET_SIZE(all);
    Cursor c = pairs ? pairs_cursor(pairs) : (Cursor){0};
    int good = 1;
    for (Py_ssize_t i = 0; good && i < count; i++) {
        Pair pair;
        good = (pairs ? read_pair(&c, &pair) : pair_at(all, i, &pair)) == FINE && pair.value;
        int header = good ? header_of(&pair) : -1;
        good = header >= 0 && !(seen & 1u << header)
            && agrees(header, &pair, header < FIXED ? &said[roles[header]] : NULL);
        if (good) seen |= 1u << header;
    }
    Py_XDECREF(all);
    for (int i = 0; i < MIRRORED; i++)
        if (i < OPTIONAL || i >= TIMES || said[roles[i]].text) wanted |= 1u << i;
    return good && (!count || seen == wanted) ? FINE : ODD;
}

/* -- the plan */

typedef struct {
    PyObject_HEAD
    Node *whole;
    int roles[FIXED]; /* which field of the envelope a header mirrors */
    PyTypeObject *row; /* NULL for facts */
    PyObject *columns, *constants; /* of a row: which field is in which column, -1 for one that the schema has not */
} Plan;

#define MOST_COLUMNS 16

static void plan_dealloc(Plan *plan)
{
    node_free(plan->whole);
    Py_XDECREF(plan->row);
    Py_XDECREF(plan->columns);
    Py_XDECREF(plan->constants);
    Py_TYPE(plan)->tp_free(plan);
}

static int plan_init(Plan *plan, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    PyObject *described, *roles, *row = NULL, *columns = NULL, *constants = NULL;
    if (plan->whole) return PyErr_SetString(PyExc_TypeError, "a plan is made once"), -1;
    if (!PyArg_ParseTuple(args, "O!O!|O!O!O!", &PyTuple_Type, &described, &PyTuple_Type, &roles, &PyType_Type, &row,
                          &PyTuple_Type, &columns, &PyTuple_Type, &constants))
        return -1;
    if (!(plan->whole = node_of(described))) return -1;
    Py_ssize_t count = plan->whole->count;
    int good = (plan->whole->kind == GROUP || (plan->whole->kind == PART && !row)) && 0 < count && count <= MOST_FIELDS && PyTuple_GET_SIZE(roles) == FIXED;
    for (int i = 0; good && i < FIXED; i++) {
        plan->roles[i] = (int)PyLong_AsLong(PyTuple_GET_ITEM(roles, i));
        good = 0 <= plan->roles[i] && plan->roles[i] < count;
    }
    if (good && row) {
        good = columns && constants && PyTuple_GET_SIZE(columns) <= MOST_COLUMNS - 2
            && PyTuple_GET_SIZE(columns) == PyTuple_GET_SIZE(constants)
            && PyType_IsSubtype((PyTypeObject *)row, &PyTuple_Type) && plan->whole->parts[count - 1]->kind == GROUP;
        plan->row = (PyTypeObject *)Py_NewRef(row);
        plan->columns = Py_XNewRef(columns);
        plan->constants = Py_XNewRef(constants);
    }
    if (!good && !PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "a plan needs an envelope and its roles");
    return good ? 0 : -1;
}

/* Read the first `count` fields of the envelope and note what headers mirror; how many were read. */
static Py_ssize_t read_envelope(Plan *plan, Cursor *c, Py_ssize_t count, PyObject **read, Said *said)
{
    Py_ssize_t i = 0;
    for (; i < count; i++) {
        Node *field = plan->whole->parts[i];
        if (plan->row && field->kind == MOMENT)
            read[i] = read_instant(c) == FINE ? PyLong_FromLongLong(c->instant) : NULL;
        else
            read[i] = read_value(field, c);
        if (!read[i]) break;
        said[i] = (Said){c->text, c->size, c->instant};
    }
    return i;
}

static PyObject *row_of(Plan *plan, PyObject **read, const Page *page, const Piece *personal)
{
    Py_ssize_t count = PyTuple_GET_SIZE(plan->columns);
    PyObject *row = plan->row->tp_alloc(plan->row, count + 2);
    if (!row) return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        long place = PyLong_AsLong(PyTuple_GET_ITEM(plan->columns, i));
        PyTuple_SET_ITEM(row, i, Py_NewRef(place < 0 ? PyTuple_GET_ITEM(plan->constants, i) : read[place]));
    }
    PyTuple_SET_ITEM(row, count, PyBytes_FromStringAndSize(page->said.bytes, page->said.size));
    PyTuple_SET_ITEM(row, count + 1, personal->size
        ? PyBytes_FromStringAndSize(page->apart.bytes + personal->from, personal->size) : Py_NewRef(Py_None));
    if (!PyTuple_GET_ITEM(row, count) || !PyTuple_GET_ITEM(row, count + 1)) Py_CLEAR(row);
    return row;
}

static PyObject *read_row(Plan *plan, Cursor *c, PyObject *headers)
{
    PyObject *read[MOST_FIELDS], *row = NULL;
    Said said[MOST_FIELDS];
    Page page;
    Piece personal = {0, 0};
    Py_ssize_t last = plan->whole->count - 1, count = read_envelope(plan, c, last, read, said);
    buffer_open(&page.said);
    buffer_open(&page.apart);
    if (count == last && write_group(plan->whole->parts[last], c, &page, &page.said, &personal) == FINE
        && c->at == c->end && mirrors(headers, said, plan->roles) == FINE)
        row = row_of(plan, read, &page, &personal);
    buffer_close(&page.said);
    buffer_close(&page.apart);
    while (count--) Py_DECREF(read[count]);
    return row;
}

static PyObject *read_fact(Plan *plan, Cursor *c, PyObject *headers)
{
    PyObject *read[MOST_FIELDS], *fact = NULL;
    Said said[MOST_FIELDS];
    Py_ssize_t count = read_envelope(plan, c, plan->whole->count, read, said);
    if (count == plan->whole->count && c->at == c->end && mirrors(headers, said, plan->roles) == FINE) {
        PyObject *values = plan->whole->kind == PART ? NULL : by_name(plan->whole, read);
        if (plan->whole->kind == PART) fact = noted(plan->whole, c, read);
        else if (values) fact = made(plan->whole, values);
    }
    while (count--) Py_DECREF(read[count]);
    return fact;
}

PyDoc_STRVAR(plan_read_doc,
"read(value, at, headers, published=...)\n--\n\n"
"Return the fact in `value` from byte `at` on (for a plan of rows its row; for one of notes what the judge keeps\n"
"of it, as published then, in µs), or None where the reader in Python has to be asked: it may read what this does\n"
"not, or say why nobody can.");

static PyObject *plan_read(Plan *plan, PyObject *const *args, Py_ssize_t count)
{
    if (count < 3 || count > 4 || !PyBytes_Check(args[0]) || (count == 4 && !PyLong_Check(args[3])))
        return PyErr_SetString(PyExc_TypeError, "read(value, at, headers, published)"), NULL;
    Py_ssize_t at = PyLong_AsSsize_t(args[1]), size = PyBytes_GET_SIZE(args[0]);
    if (at < 0 || at > size || !plan->whole)
        return PyErr_Occurred() ? NULL : (PyErr_SetString(PyExc_ValueError, "at lies outside the value"), NULL);
    const unsigned char *bytes = (const unsigned char *)PyBytes_AS_STRING(args[0]);
    Cursor c = {bytes + at, bytes + size, NULL, 0, 0, count == 4 ? args[3] : NULL};
    PyObject *found = plan->row ? read_row(plan, &c, args[2]) : read_fact(plan, &c, args[2]);
    if (found) return found;
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_ValueError)) return NULL;
    PyErr_Clear(); /* a text that its check refused or that is no UTF-8: Python says so again, in its words */
    Py_RETURN_NONE;
}

static PyMethodDef plan_methods[] = {
    {"read", (PyCFunction)(void (*)(void))plan_read, METH_FASTCALL, plan_read_doc},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject plan_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "klantbus.bus.native.Plan",
    .tp_basicsize = sizeof(Plan),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "How the facts of one schema are read: a description of its shape, the roles of its fields and, for rows, columns.",
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)plan_init,
    .tp_dealloc = (destructor)plan_dealloc,
    .tp_methods = plan_methods,
};

#include "columns.h"

/* -- the module */

PyDoc_STRVAR(setup_doc,
"setup(limits, descriptors, names, fixed)\n--\n\n"
"Say once what holds for all plans: first and last instant (µs) and day (since 1970), what sets the parts of a\n"
"model, the names of the headers in the order of their roles, and the values of those that never change.");

static PyObject *setup(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *names, *fixed, *values, *fields, *extra, *private;
    long long first, last, day_one, day_last;
    if (!PyArg_ParseTuple(args, "(LLLL)(OOOO)O!O!", &first, &last, &day_one, &day_last, &values, &fields, &extra,
                          &private, &PyTuple_Type, &names, &PyTuple_Type, &fixed))
        return NULL;
    int good = PyTuple_GET_SIZE(names) == MIRRORED && PyTuple_GET_SIZE(fixed) == MIRRORED - FIXED;
    for (Py_ssize_t i = 0; good && i < MIRRORED; i++) good = PyBytes_Check(PyTuple_GET_ITEM(names, i));
    for (Py_ssize_t i = 0; good && i < MIRRORED - FIXED; i++) good = PyBytes_Check(PyTuple_GET_ITEM(fixed, i));
    PyObject *descriptors[] = {values, fields, extra, private};
    for (int i = 0; good && i < 4; i++) good = Py_TYPE(descriptors[i])->tp_descr_set != NULL;
    if (!good) return PyErr_SetString(PyExc_ValueError, "setup: names, fixed values or descriptors do not fit"), NULL;
    first_instant = first;
    last_instant = last;
    first_day = day_one;
    last_day = day_last;
    Py_XSETREF(set_values, Py_NewRef(values));
    Py_XSETREF(set_names, Py_NewRef(fields));
    Py_XSETREF(set_extra, Py_NewRef(extra));
    Py_XSETREF(set_private, Py_NewRef(private));
    Py_XSETREF(header_names, Py_NewRef(names));
    Py_XSETREF(fixed_values, Py_NewRef(fixed));
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"setup", setup, METH_VARARGS, setup_doc},
    {"stored", stored, METH_VARARGS, stored_doc},
    {"fetched", fetched, METH_VARARGS, fetched_doc},
    {"packed", packed, METH_VARARGS, packed_doc},
    {"hashed", hashed, METH_O, hashed_doc},
    {"hash_quickly", hash_quickly, METH_O, hash_quickly_doc},
    {"named", (PyCFunction)(void (*)(void))named, METH_FASTCALL, named_doc},
    {"columns", columns_of, METH_VARARGS, columns_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "native", "Reads and tells facts quicker than Python can; see klantbus.bus.quick.", -1, functions,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_native(void)
{
    PyTypeObject *types[] = {&plan_type, &pairs_type, &teller_type};
    PyDateTime_IMPORT;
    hashes_quickly = CAN_HASH;
    if (!PyDateTimeAPI || !(shapes = PyDict_New())) return NULL;
    PyObject *made_module = PyModule_Create(&module);
    for (int i = 0; i < 3; i++)
        if (made_module && PyModule_AddType(made_module, types[i]) < 0) Py_CLEAR(made_module);
    if (made_module && CAN_SUM && PyModule_AddFunctions(made_module, sums) < 0) Py_CLEAR(made_module);
    return made_module;
}
