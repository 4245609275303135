/* Records as columns: each fact of the log as the same place in many buffers, as Arrow has them, and no Python value
   in between. Included by native.c below its plans. */

#ifndef KLANTBUS_COLUMNS_H
#define KLANTBUS_COLUMNS_H

typedef struct {
    char *bytes;
    size_t size, room;
} Room;

/* Where `size` bytes more may be written; NULL when there is no memory. */
static inline char *room_for(Room *room, size_t size)
{
    if (!room->bytes || room->room - room->size < size) {
        size_t wanted = room->room ? room->room : 4096;
        while (wanted - room->size < size) wanted *= 2;
        char *bytes = PyMem_Realloc(room->bytes, wanted);
        if (!bytes) return NULL;
        room->bytes = bytes;
        room->room = wanted;
    }
    char *at = room->bytes + room->size;
    room->size += size;
    return at;
}

static inline int add(Room *room, const void *bytes, size_t size)
{
    char *at = room_for(room, size);
    if (at && size) memcpy(at, bytes, size);
    return at != NULL;
}

/* A column of texts (where each ends, its bytes, a bit for each that is there), or of numbers (`texts` alone). */
typedef struct {
    Room ends, texts, there;
    int missing;
} Column;

#define MOST_BYTES (1 << 30) /* of one column: Arrow's places of texts have 31 bits */

static int add_text(Column *column, Py_ssize_t row, const char *text, Py_ssize_t size)
{
    if (row % 8 == 0 && !add(&column->there, "", 1)) return 0;
    if (text) column->there.bytes[row / 8] |= (char)(1 << row % 8);
    else column->missing = 1;
    if (text && !add(&column->texts, text, (size_t)size)) return 0;
    int32_t end = (int32_t)column->texts.size;
    return add(&column->ends, &end, sizeof end);
}

static int column_number(Column *column, int64_t number)
{
    return add(&column->texts, &number, sizeof number);
}

/* The number by which a fact is found: what its id says in hexadecimal digits among its first 13 characters, as in a
   UUID of version 7 the time does. There is none for an id that says anything else there. */
static int add_key(Column *column, Py_ssize_t row, const char *id, Py_ssize_t size)
{
    int64_t key = 0;
    int digits = 0, good = 1;
    for (Py_ssize_t i = 0; good && i < size && i < 13; i++) {
        char c = id[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        good = digit >= 0 || c == '-';
        if (digit >= 0) {
            key = key << 4 | digit;
            digits++;
        }
    }
    good = good && digits;
    if (row % 8 == 0 && !add(&column->there, "", 1)) return 0;
    if (good) column->there.bytes[row / 8] |= (char)(1 << row % 8);
    else column->missing = 1;
    return column_number(column, good ? key : 0);
}

/* In the order of `projections.arrivals`. */
enum { TOPIC, PARTITION, OFFSET, PUBLISHED, ID, TYPE, SOURCE, DEPARTMENT, FIRST_OF_REST, PAYLOAD = 16, PERSONAL, KEY, COLUMNS };

/* Of a column between ID and PAYLOAD, the column of a row that it holds; the department is cut out of the source. */
static const int in_row[COLUMNS] = {[ID] = 0, [TYPE] = 1, [SOURCE] = 2, [FIRST_OF_REST] = 3, 4, 5, 6, 7, 8, 9, 10};
enum { TIME = 9, RECORDEDTIME = 10, OF_RECORD = 7 };

/* What is said in a column of a row; a constant of the plan where the schema has not got it. */
static int said_in(Plan *plan, int column, const Said *said, Said *found)
{
    long place = PyLong_AsLong(PyTuple_GET_ITEM(plan->columns, column));
    PyObject *constant = PyTuple_GET_ITEM(plan->constants, column);
    *found = (Said){0};
    if (place >= 0) *found = said[place];
    else if (constant != Py_None) return PyUnicode_Check(constant) && (found->text = PyUnicode_AsUTF8AndSize(constant, &found->size));
    return 1;
}

static int add_envelope(Plan *plan, const Said *said, Column *columns, Py_ssize_t row)
{
    for (int i = ID; i < PAYLOAD; i++) {
        Said found;
        if (!said_in(plan, in_row[i == DEPARTMENT ? SOURCE : i], said, &found)) return 0;
        if (i == DEPARTMENT) { /* "/department/system"; the check of a source saw to it */
            const char *from = memchr(found.text, '/', (size_t)found.size) + 1, *end = found.text + found.size;
            const char *until = memchr(from, '/', (size_t)(end - from));
            found = (Said){from, (until ? until : end) - from, 0};
        }
        if (!(i == TIME || i == RECORDEDTIME ? column_number(&columns[i], found.instant)
                                             : add_text(&columns[i], row, found.text, found.size)))
            return 0;
        if (i == ID && !add_key(&columns[KEY], row, found.text, found.size)) return 0;
    }
    return 1;
}

/* Whether the envelope can stand in columns: of the type of its plan, from a source that names its department. */
static int stands(Plan *plan, const Said *said, PyObject *event)
{
    Said type, source, time, recorded;
    Py_ssize_t size;
    const char *wanted = PyUnicode_AsUTF8AndSize(event, &size);
    return wanted && said_in(plan, in_row[TYPE], said, &type) && type.text && type.size == size
        && !memcmp(type.text, wanted, (size_t)size) && said_in(plan, in_row[SOURCE], said, &source) && source.text
        && memchr(source.text, '/', (size_t)source.size) && said_in(plan, in_row[TIME], said, &time) && time.text
        && said_in(plan, in_row[RECORDEDTIME], said, &recorded) && recorded.text;
}

/* Read what headers mirror and columns need of the envelope, without a Python value for most of it. */
static Step skim_envelope(Plan *plan, Cursor *c, Said *said)
{
    for (Py_ssize_t i = 0; i < plan->whole->count - 1; i++) {
        Node *field = plan->whole->parts[i];
        c->text = NULL;
        while (field && field->kind == CHOICE)
            if (read_branch(field, c, &field) != FINE) return ODD;
        if (field && field->kind == MOMENT) {
            if (read_instant(c) != FINE) return ODD;
            c->text = ""; /* it was said */
            c->size = 0;
        } else if (field && field->kind == TEXT) {
            if (read_text(c, field->most) != FINE) return ODD;
            if (!field->visible || c->size < field->least || c->size > field->most || !is_visible(c->text, c->size)) {
                PyObject *text = checked_text(field, c);
                if (!text) return ODD;
                Py_DECREF(text);
            }
        } else if (field) return ODD;
        said[i] = (Said){c->text, c->size, c->instant};
    }
    return FINE;
}

/* Put a record in the columns; ODD, and nothing is put, where Python has to be asked. */
static Step column_record(PyObject *record, PyObject *plans, Py_ssize_t limit, Column *columns, Py_ssize_t row)
{
    PyObject *value = PyTuple_GET_ITEM(record, 5);
    if (!PyBytes_Check(value) || PyBytes_GET_SIZE(value) < 5 || PyBytes_GET_SIZE(value) > limit) return ODD;
    const unsigned char *bytes = (const unsigned char *)PyBytes_AS_STRING(value);
    PyObject *id = PyLong_FromUnsignedLong((unsigned long)bytes[1] << 24 | bytes[2] << 16 | bytes[3] << 8 | bytes[4]);
    PyObject *known = id && !bytes[0] ? PyDict_GetItemWithError(plans, id) : NULL; /* (plan, event, keeps personal) */
    Py_XDECREF(id);
    if (!known) return PyErr_Occurred() ? FAILED : ODD;
    if (!PyTuple_Check(known) || PyTuple_GET_SIZE(known) != 3 || Py_TYPE(PyTuple_GET_ITEM(known, 0)) != &plan_type
        || !((Plan *)PyTuple_GET_ITEM(known, 0))->row || !PyUnicode_Check(PyTuple_GET_ITEM(known, 1)))
        return PyErr_SetString(PyExc_TypeError, "a schema has a plan for rows, an event and a choice"), FAILED;
    Plan *plan = (Plan *)PyTuple_GET_ITEM(known, 0);
    Said said[MOST_FIELDS];
    Page page;
    Piece personal = {0, 0};
    Cursor c = {bytes + 5, bytes + PyBytes_GET_SIZE(value), NULL, 0, 0, NULL};
    if (skim_envelope(plan, &c, said) != FINE || !stands(plan, said, PyTuple_GET_ITEM(known, 1))) return ODD;
    buffer_open(&page.said);
    buffer_open(&page.apart);
    Step step = ODD;
    if (write_group(plan->whole->parts[plan->whole->count - 1], &c, &page, &page.said, &personal) == FINE && c.at == c.end
        && mirrors(PyTuple_GET_ITEM(record, 6), said, plan->roles) == FINE) {
        Py_ssize_t size;
        const char *topic = PyUnicode_AsUTF8AndSize(PyTuple_GET_ITEM(record, 0), &size);
        const char *apart = personal.size && PyTuple_GET_ITEM(known, 2) == Py_True ? page.apart.bytes + personal.from : NULL;
        step = topic && add_text(&columns[TOPIC], row, topic, size) && add_envelope(plan, said, columns, row)
            && add_text(&columns[PAYLOAD], row, page.said.bytes, page.said.size)
            && add_text(&columns[PERSONAL], row, apart, personal.size) ? FINE : FAILED;
        for (int i = PARTITION; step == FINE && i <= PUBLISHED; i++)
            step = column_number(&columns[i], PyLong_AsLongLong(PyTuple_GET_ITEM(record, i))) ? FINE : FAILED;
        if (step == FAILED && !PyErr_Occurred()) PyErr_NoMemory();
    }
    buffer_close(&page.said);
    buffer_close(&page.apart);
    return PyErr_Occurred() ? FAILED : step;
}

static PyObject *given_away(Room *room)
{
    PyObject *bytes = PyBytes_FromStringAndSize(room->bytes, (Py_ssize_t)room->size);
    PyMem_Free(room->bytes);
    room->bytes = NULL;
    return bytes;
}

#define AT_A_STRETCH 128 /* records, some 0.2 ms */

/* Give other threads their turn, if one waits for Python: DuckDB's asks between two statements, some fifty times a batch. */
static inline void let_others(void)
{
    Py_BEGIN_ALLOW_THREADS
    Py_END_ALLOW_THREADS
}

PyDoc_STRVAR(columns_doc,
"columns(records, plans, limit)\n--\n\n"
"Return (rows, columns, rest): how many of `records` became rows, their columns as (there, ends, texts) of bytes,\n"
"`there` None where none is missing, and the records that Python has to be asked about. `plans` has by the id of a\n"
"schema its plan for rows, its event and whether its personal text is kept; `limit` is the longest value.");

static PyObject *columns_of(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *records, *plans, *found = NULL, *answer = NULL, *rest = PyList_New(0);
    Column columns[COLUMNS] = {0};
    Py_ssize_t rows = 0, limit;
    if (!rest || !PyArg_ParseTuple(args, "O!O!n", &PyList_Type, &records, &PyDict_Type, &plans, &limit)) goto done;
    int32_t none = 0;
    for (int i = 0; i < COLUMNS; i++) if (!add(&columns[i].ends, &none, sizeof none)) goto done;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(records); i++) {
        PyObject *record = PyList_GET_ITEM(records, i);
        if (!PyTuple_Check(record) || PyTuple_GET_SIZE(record) != OF_RECORD) {
            PyErr_SetString(PyExc_TypeError, "a record has seven parts");
            goto done;
        }
        int full = columns[PAYLOAD].texts.size > MOST_BYTES || columns[PERSONAL].texts.size > MOST_BYTES;
        Step step = full ? ODD : column_record(record, plans, limit, columns, rows);
        if (PyErr_Occurred()) {
            if (!PyErr_ExceptionMatches(PyExc_ValueError)) goto done;
            PyErr_Clear(); /* a text that its check refused or that is no UTF-8: Python says so again, in its words */
            step = ODD;
        }
        if (step == FAILED || (step == ODD && PyList_Append(rest, record) < 0)) goto done;
        rows += step == FINE;
        if (i % AT_A_STRETCH == AT_A_STRETCH - 1) let_others();
    }
    found = PyTuple_New(COLUMNS);
    for (int i = 0; found && i < COLUMNS; i++) {
        Column *column = &columns[i];
        PyObject *there = column->missing ? given_away(&column->there) : Py_NewRef(Py_None);
        PyObject *buffers = there ? Py_BuildValue("NNN", there, given_away(&column->ends), given_away(&column->texts)) : NULL;
        if (buffers) PyTuple_SET_ITEM(found, i, buffers);
        else Py_CLEAR(found);
    }
    if (found) answer = Py_BuildValue("nOO", rows, found, rest);
done:
    if (!answer && !PyErr_Occurred()) PyErr_NoMemory();
    for (int i = 0; i < COLUMNS; i++) {
        PyMem_Free(columns[i].ends.bytes);
        PyMem_Free(columns[i].texts.bytes);
        PyMem_Free(columns[i].there.bytes);
    }
    Py_XDECREF(found);
    Py_XDECREF(rest);
    return answer;
}

#endif
