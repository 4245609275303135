/* Follows Kafka in C: librdkafka's own consumer, and its messages as the tuples that the ports give.

   The library is the one that confluent-kafka brings and has loaded; only its public functions are used. What a
   Python object per message costs there (7 µs, most of it headers) is why this is here. Built by `make compiled`
   alone; `klantbus.bus.kafka.fetching` uses it where it is there. Tests hold both to the same contract. */

#include "messages.h"

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

/* Of a batch librdkafka returns records alone: what went wrong with a lane it says here, while we fetch, in our thread. */
static void note_error(rd_kafka_t *kafka, int error, const char *text, void *opaque)
{
    Consumer *self = opaque;
    if (self->went_wrong < MOST_ERRORS) self->errors[self->went_wrong++] = error;
    log_line(kafka, 3, "ERROR", text);
}

/* Put what went wrong in `errors`; 0 when a Python exception is set. */
static int told(Consumer *self, PyObject *errors)
{
    int count = self->went_wrong;
    self->went_wrong = 0;
    for (int i = 0; i < count; i++) {
        PyObject *number = PyLong_FromLong(self->errors[i]);
        int put = number ? PyList_Append(errors, number) : -1;
        Py_XDECREF(number);
        if (put < 0) return 0;
    }
    return 1;
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
    rd_kafka.conf_set_error_cb(conf, note_error);
    return conf;
}

static int consumer_init(Consumer *self, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    PyObject *settings, *log, *kind, *pairs;
    char why[512] = "";
    const char *library;
    if (self->kafka) return PyErr_SetString(PyExc_TypeError, "a consumer is made once"), -1;
    if (!PyArg_ParseTuple(args, "sO!OO!O!", &library, &PyDict_Type, &settings, &log, &PyType_Type, &kind, &PyType_Type, &pairs))
        return -1;
    if (!PyType_IsSubtype((PyTypeObject *)kind, &PyTuple_Type)
        || strcmp(((PyTypeObject *)pairs)->tp_name, pairs_type.tp_name) || ((PyTypeObject *)pairs)->tp_basicsize != sizeof(Pairs))
        return PyErr_SetString(PyExc_TypeError, "a record is a tuple, and its headers are Pairs of klantbus.bus.native"), -1;
    if (!rd_kafka_found(library)) return -1;
    Py_XSETREF(self->log, Py_NewRef(log));
    Py_XSETREF(self->kind, Py_NewRef(kind));
    Py_XSETREF(self->pairs, Py_NewRef(pairs));
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
        good = sorted_out(self, messages, count, records, errors) && told(self, errors);
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
    Py_XDECREF(self->pairs);
    Py_XDECREF(self->topic_name);
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
    .tp_doc = "Consumer(library, settings, log, kind, pairs): reads the lanes it is given. For one thread at a time.",
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
