/* Follows Kafka in C: librdkafka's own consumer, and its messages as the tuples that the ports give.

   The library is the one that confluent-kafka brings and has loaded; only its public functions are used. What a
   Python object per message costs there (7 µs, most of it headers) is why this is here. Built by `make compiled`
   alone; `klantbus.bus.kafka.fetching` uses it where it is there. Tests hold both to the same contract. */

#include "rdkafka.h"

enum { NAMES = 16 };

typedef struct {
    PyObject_HEAD
    rd_kafka_t *kafka;
    rd_kafka_queue_t *queue;
    PyObject *log, *kind, *empty;
    int busy;
    /* What came last, as it mostly comes again: the topic, and each header by its place. */
    rd_kafka_topic_t *topic;
    PyObject *topic_name, *names[NAMES], *pairs[NAMES];
} Consumer;

/* -- messages to tuples */

static PyObject *bytes_or_none(const void *bytes, size_t size)
{
    return bytes ? PyBytes_FromStringAndSize(bytes, (Py_ssize_t)size) : Py_NewRef(Py_None);
}

static PyObject *topic_of(Consumer *self, rd_kafka_topic_t *topic)
{
    if (topic != self->topic || !self->topic_name) {
        PyObject *name = PyUnicode_InternFromString(rd_kafka.topic_name(topic));
        if (!name) return NULL;
        Py_XSETREF(self->topic_name, name);
        self->topic = topic;
    }
    return Py_NewRef(self->topic_name);
}

/* The name of a header; one that is no UTF-8 mirrors nothing, so it need only be a text. */
static PyObject *name_of(Consumer *self, size_t place, const char *said)
{
    PyObject *before = place < NAMES ? self->names[place] : NULL;
    if (before && PyUnicode_IS_ASCII(before) && !strcmp(PyUnicode_DATA(before), said)) return Py_NewRef(before);
    PyObject *name = PyUnicode_DecodeUTF8(said, (Py_ssize_t)strlen(said), "replace");
    if (name && place < NAMES) Py_XSETREF(self->names[place], Py_NewRef(name));
    return name;
}

/* A header as (name, value); the ports know no null, which Kafka allows. */
static PyObject *pair_of(Consumer *self, size_t place, const char *said, const void *value, size_t size)
{
    PyObject *name = name_of(self, place, said), *before = place < NAMES ? self->pairs[place] : NULL;
    if (name && before && PyTuple_GET_ITEM(before, 0) == name) {
        PyObject *bytes = PyTuple_GET_ITEM(before, 1);
        if ((size_t)PyBytes_GET_SIZE(bytes) == size && (!size || !memcmp(PyBytes_AS_STRING(bytes), value, size))) {
            Py_DECREF(name);
            return Py_NewRef(before);
        }
    }
    PyObject *bytes = name ? PyBytes_FromStringAndSize(value, value ? (Py_ssize_t)size : 0) : NULL;
    PyObject *pair = bytes ? PyTuple_Pack(2, name, bytes) : NULL;
    Py_XDECREF(name);
    Py_XDECREF(bytes);
    if (!pair) return NULL;
    PyObject_GC_UnTrack(pair); /* a text and bytes make no rings: the collector need not walk them */
    if (place < NAMES) Py_XSETREF(self->pairs[place], Py_NewRef(pair));
    return pair;
}

static PyObject *headers_of(Consumer *self, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;
    const char *name;
    const void *value;
    size_t size, count = 0;
    if (rd_kafka.message_headers(message, &headers) == NO_ERROR) count = rd_kafka.header_cnt(headers);
    if (!count) return Py_NewRef(self->empty);
    PyObject *pairs = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; pairs && i < count; i++) {
        int found = rd_kafka.header_get_all(headers, i, &name, &value, &size) == NO_ERROR;
        PyObject *pair = found ? pair_of(self, i, name, value, size) : NULL;
        if (pair) PyTuple_SET_ITEM(pairs, (Py_ssize_t)i, pair);
        else Py_CLEAR(pairs);
    }
    if (pairs) PyObject_GC_UnTrack(pairs);
    else if (!PyErr_Occurred()) PyErr_SetString(PyExc_RuntimeError, "librdkafka counted more headers than there are");
    return pairs;
}

static PyObject *record_of(Consumer *self, const rd_kafka_message_t *message)
{
    int kind;
    PyTypeObject *type = (PyTypeObject *)self->kind;
    PyObject *fields[] = {
        topic_of(self, message->rkt),
        PyLong_FromLong(message->partition),
        PyLong_FromLongLong(message->offset),
        PyLong_FromLongLong(rd_kafka.message_timestamp(message, &kind) * 1000), /* Kafka counts milliseconds */
        bytes_or_none(message->key, message->key_len),
        bytes_or_none(message->payload, message->len),
        headers_of(self, message),
    };
    PyObject *record = PyErr_Occurred() ? NULL : type->tp_alloc(type, 7);
    for (int i = 0; i < 7; i++) {
        if (record) PyTuple_SET_ITEM(record, i, fields[i]);
        else Py_XDECREF(fields[i]);
    }
    if (record) PyObject_GC_UnTrack(record);
    return record;
}

/* Put each of `messages` in `records`, or its error in `errors`; 0 when a Python exception is set. */
static int sorted_out(Consumer *self, rd_kafka_message_t **messages, ssize_t count, PyObject *records, PyObject *errors)
{
    for (ssize_t i = 0; i < count; i++) {
        rd_kafka_message_t *message = messages[i];
        PyObject *made = message->err ? PyLong_FromLong(message->err) : record_of(self, message);
        int put = made ? PyList_Append(message->err ? errors : records, made) : -1;
        Py_XDECREF(made);
        if (put < 0) return 0;
    }
    return 1;
}

/* -- the consumer */

static void log_line(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    PyGILState_STATE state = PyGILState_Ensure();
    Consumer *self = rd_kafka.opaque(kafka);
    PyObject *answer = self && self->log ? PyObject_CallFunction(self->log, "iyy", level, facility, text) : NULL;
    if (PyErr_Occurred()) PyErr_WriteUnraisable(self->log);
    Py_XDECREF(answer);
    PyGILState_Release(state);
}

static rd_kafka_conf_t *configured(Consumer *self, PyObject *settings)
{
    char why[512] = "";
    PyObject *name, *value;
    Py_ssize_t at = 0;
    rd_kafka_conf_t *conf = rd_kafka.conf_new();
    while (PyDict_Next(settings, &at, &name, &value)) {
        const char *said = PyUnicode_AsUTF8(name), *as = said ? PyUnicode_AsUTF8(value) : NULL;
        if (as && !rd_kafka.conf_set(conf, said, as, why, sizeof why)) continue;
        if (as) PyErr_SetString(PyExc_ValueError, why);
        rd_kafka.conf_destroy(conf);
        return NULL;
    }
    rd_kafka.conf_set(conf, "log.queue", "true", why, sizeof why); /* lines come while we fetch, in our thread */
    rd_kafka.conf_set_opaque(conf, self);
    rd_kafka.conf_set_log_cb(conf, log_line);
    return conf;
}

static int consumer_init(Consumer *self, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    PyObject *settings, *log, *kind;
    char why[512] = "";
    const char *library;
    if (self->kafka) return PyErr_SetString(PyExc_TypeError, "a consumer is made once"), -1;
    if (!PyArg_ParseTuple(args, "sO!OO!", &library, &PyDict_Type, &settings, &log, &PyType_Type, &kind)) return -1;
    if (!PyType_IsSubtype((PyTypeObject *)kind, &PyTuple_Type))
        return PyErr_SetString(PyExc_TypeError, "a record is a tuple"), -1;
    if (!rd_kafka_found(library)) return -1;
    Py_XSETREF(self->log, Py_NewRef(log));
    Py_XSETREF(self->kind, Py_NewRef(kind));
    if (!self->empty && !(self->empty = PyTuple_New(0))) return -1;
    rd_kafka_conf_t *conf = configured(self, settings);
    if (!conf) return -1;
    if (!(self->kafka = rd_kafka.new(CONSUMER, conf, why, sizeof why))) {
        rd_kafka.conf_destroy(conf);
        return PyErr_SetString(PyExc_ValueError, why), -1;
    }
    rd_kafka.set_log_queue(self->kafka, NULL);
    rd_kafka.poll_set_consumer(self->kafka);
    self->queue = rd_kafka.queue_get_consumer(self->kafka);
    return 0;
}

/* Claim the consumer for one call; 0 when it is closed or in use, with an exception. */
static int claimed(Consumer *self)
{
    if (self->kafka && !self->busy) return self->busy = 1;
    PyErr_SetString(PyExc_RuntimeError, self->kafka ? "a consumer is for one thread at a time" : "it is closed");
    return 0;
}

PyDoc_STRVAR(assign_doc,
"assign(lanes)\n--\n\nRead each lane of a dict of (topic, partition) to offset from there, and no other lane.");

static PyObject *consumer_assign(Consumer *self, PyObject *lanes)
{
    PyObject *lane, *offset;
    Py_ssize_t at = 0;
    int error = NO_ERROR;
    if (!PyDict_Check(lanes)) return PyErr_SetString(PyExc_TypeError, "lanes are a dict"), NULL;
    if (!claimed(self)) return NULL;
    rd_kafka_topic_partition_list_t *list = rd_kafka.list_new((int)PyDict_GET_SIZE(lanes));
    while (!PyErr_Occurred() && PyDict_Next(lanes, &at, &lane, &offset)) {
        const char *topic;
        int partition;
        long long from = PyLong_AsLongLong(offset);
        if (PyErr_Occurred() || !PyArg_ParseTuple(lane, "si", &topic, &partition)) break;
        rd_kafka.list_add(list, topic, partition);
        rd_kafka.list_set_offset(list, topic, partition, from);
    }
    if (!PyErr_Occurred()) {
        Py_BEGIN_ALLOW_THREADS
        error = rd_kafka.assign(self->kafka, list);
        Py_END_ALLOW_THREADS
    }
    rd_kafka.list_destroy(list);
    self->busy = 0;
    if (error) PyErr_Format(PyExc_RuntimeError, "librdkafka does not take the lanes: %s", rd_kafka.err2str(error));
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(fetch_doc,
"fetch(limit, seconds)\n--\n\n"
"Wait for a first record and take those behind it that are there; return (records, the numbers of errors).");

static PyObject *consumer_fetch(Consumer *self, PyObject *args)
{
    Py_ssize_t limit;
    double seconds;
    ssize_t count = 0;
    if (!PyArg_ParseTuple(args, "nd", &limit, &seconds)) return NULL;
    if (limit < 1 || !(seconds >= 0 && seconds < 3600)) return PyErr_SetString(PyExc_ValueError, "no such limit"), NULL;
    if (!claimed(self)) return NULL;
    rd_kafka_message_t **messages = PyMem_Malloc((size_t)limit * sizeof *messages);
    PyObject *records = PyList_New(0), *errors = PyList_New(0);
    int good = messages && records && errors, collecting = PyGC_Disable(); /* tuples by the ten thousand, no rings */
    self->topic = NULL; /* what had its address may be another topic by now */
    if (good) {
        Py_BEGIN_ALLOW_THREADS
        count = rd_kafka.consume_batch_queue(self->queue, (int)(seconds * 1000), messages, 1);
        if (count == 1 && limit > 1) {
            ssize_t behind = rd_kafka.consume_batch_queue(self->queue, 0, messages + 1, (size_t)limit - 1);
            if (behind > 0) count += behind;
        }
        Py_END_ALLOW_THREADS
        good = sorted_out(self, messages, count, records, errors);
        for (ssize_t i = 0; i < count; i++) rd_kafka.message_destroy(messages[i]);
    } else if (!PyErr_Occurred()) PyErr_NoMemory();
    PyMem_Free(messages);
    if (collecting) PyGC_Enable();
    self->busy = 0;
    PyObject *found = good ? PyTuple_Pack(2, records, errors) : NULL;
    Py_XDECREF(records);
    Py_XDECREF(errors);
    return found;
}

PyDoc_STRVAR(close_doc, "close()\n--\n\nLet go of Kafka; a second time does nothing.");

static void let_go(Consumer *self)
{
    rd_kafka_t *kafka = self->kafka;
    rd_kafka_queue_t *queue = self->queue;
    self->kafka = NULL;
    self->queue = NULL;
    if (!kafka) return;
    Py_BEGIN_ALLOW_THREADS
    rd_kafka.queue_destroy(queue);
    rd_kafka.consumer_close(kafka);
    rd_kafka.destroy(kafka);
    Py_END_ALLOW_THREADS
}

static PyObject *consumer_close(Consumer *self, PyObject *Py_UNUSED(ignored))
{
    if (self->kafka && !claimed(self)) return NULL;
    let_go(self);
    self->busy = 0;
    Py_RETURN_NONE;
}

static void consumer_dealloc(Consumer *self)
{
    Py_CLEAR(self->log); /* nobody listens any more */
    let_go(self);
    Py_XDECREF(self->kind);
    Py_XDECREF(self->empty);
    Py_XDECREF(self->topic_name);
    for (int i = 0; i < NAMES; i++) {
        Py_XDECREF(self->names[i]);
        Py_XDECREF(self->pairs[i]);
    }
    Py_TYPE(self)->tp_free(self);
}

static PyMethodDef methods[] = {
    {"assign", (PyCFunction)consumer_assign, METH_O, assign_doc},
    {"fetch", (PyCFunction)consumer_fetch, METH_VARARGS, fetch_doc},
    {"close", (PyCFunction)consumer_close, METH_NOARGS, close_doc},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject consumer_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "klantbus.bus.native_kafka.Consumer",
    .tp_basicsize = sizeof(Consumer),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Consumer(library, settings, log, kind): reads the lanes it is given. For one thread at a time.",
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)consumer_init,
    .tp_dealloc = (destructor)consumer_dealloc,
    .tp_methods = methods,
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "native_kafka",
    .m_doc = "Follows Kafka quicker than Python can; see klantbus.bus.kafka.fetching.",
    .m_size = -1,
};

PyMODINIT_FUNC PyInit_native_kafka(void)
{
    if (PyType_Ready(&consumer_type) < 0) return NULL;
    PyObject *made = PyModule_Create(&module);
    if (made && PyModule_AddObjectRef(made, "Consumer", (PyObject *)&consumer_type) < 0) Py_CLEAR(made);
    return made;
}
