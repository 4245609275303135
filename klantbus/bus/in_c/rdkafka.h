/* The public functions of librdkafka that `consumer.c` uses, found in the library that is loaded already.

   confluent-kafka ships the library without its headers, under a name of its own; but whatever it is called, it is
   found through the module that was linked to it. Types and functions are those of rdkafka.h, whose ABI is kept
   since 1.0: the library promises that a new version breaks nobody who was linked to an old one. */

#ifndef KLANTBUS_RDKAFKA_H
#define KLANTBUS_RDKAFKA_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

typedef struct rd_kafka_s rd_kafka_t;
typedef struct rd_kafka_topic_s rd_kafka_topic_t;
typedef struct rd_kafka_conf_s rd_kafka_conf_t;
typedef struct rd_kafka_queue_s rd_kafka_queue_t;
typedef struct rd_kafka_headers_s rd_kafka_headers_t;
typedef struct rd_kafka_topic_partition_list_s rd_kafka_topic_partition_list_t;

enum { NO_ERROR = 0, CONSUMER = 1 };

typedef struct {
    int err; /* not 0: this is no record, but what went wrong */
    rd_kafka_topic_t *rkt;
    int32_t partition;
    void *payload;
    size_t len;
    void *key;
    size_t key_len;
    int64_t offset;
    void *private;
} rd_kafka_message_t;

typedef void (*rd_kafka_log_cb)(const rd_kafka_t *, int, const char *, const char *);
typedef void (*rd_kafka_error_cb)(rd_kafka_t *, int, const char *, void *);

static struct {
    rd_kafka_conf_t *(*conf_new)(void);
    void (*conf_destroy)(rd_kafka_conf_t *);
    int (*conf_set)(rd_kafka_conf_t *, const char *, const char *, char *, size_t);
    void (*conf_set_opaque)(rd_kafka_conf_t *, void *);
    void (*conf_set_log_cb)(rd_kafka_conf_t *, rd_kafka_log_cb);
    void (*conf_set_error_cb)(rd_kafka_conf_t *, rd_kafka_error_cb);
    rd_kafka_t *(*new)(int, rd_kafka_conf_t *, char *, size_t);
    void (*destroy)(rd_kafka_t *);
    void *(*opaque)(const rd_kafka_t *);
    int (*set_log_queue)(rd_kafka_t *, rd_kafka_queue_t *);
    int (*poll_set_consumer)(rd_kafka_t *);
    int (*consumer_close)(rd_kafka_t *);
    const char *(*err2str)(int);
    rd_kafka_queue_t *(*queue_get_consumer)(rd_kafka_t *);
    void (*queue_destroy)(rd_kafka_queue_t *);
    rd_kafka_topic_partition_list_t *(*list_new)(int);
    void *(*list_add)(rd_kafka_topic_partition_list_t *, const char *, int32_t);
    int (*list_set_offset)(rd_kafka_topic_partition_list_t *, const char *, int32_t, int64_t);
    void (*list_destroy)(rd_kafka_topic_partition_list_t *);
    int (*assign)(rd_kafka_t *, const rd_kafka_topic_partition_list_t *);
    ssize_t (*consume_batch_queue)(rd_kafka_queue_t *, int, rd_kafka_message_t **, size_t);
    void (*message_destroy)(rd_kafka_message_t *);
    int64_t (*message_timestamp)(const rd_kafka_message_t *, int *);
    int (*message_headers)(const rd_kafka_message_t *, rd_kafka_headers_t **);
    size_t (*header_cnt)(const rd_kafka_headers_t *);
    int (*header_get_all)(const rd_kafka_headers_t *, size_t, const char **, const void **, size_t *);
    const char *(*topic_name)(const rd_kafka_topic_t *);
} rd_kafka;

/* In the order of the struct above. */
static const char *const rd_kafka_names[] = {
    "conf_new", "conf_destroy", "conf_set", "conf_set_opaque", "conf_set_log_cb", "conf_set_error_cb", "new", "destroy", "opaque",
    "set_log_queue", "poll_set_consumer", "consumer_close", "err2str", "queue_get_consumer", "queue_destroy",
    "topic_partition_list_new", "topic_partition_list_add", "topic_partition_list_set_offset",
    "topic_partition_list_destroy", "assign", "consume_batch_queue", "message_destroy", "message_timestamp",
    "message_headers", "header_cnt", "header_get_all", "topic_name",
};

_Static_assert(sizeof rd_kafka / sizeof(void *) == sizeof rd_kafka_names / sizeof *rd_kafka_names, "a name each");

/* Find the functions by the module at `path`, which was linked to the library; 0 with an ImportError. */
static int rd_kafka_found(const char *path)
{
    void *found[sizeof rd_kafka_names / sizeof *rd_kafka_names];
    char name[64] = "rd_kafka_";
    if (rd_kafka.new) return 1;
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; module && i < sizeof found / sizeof *found; i++) {
        strcpy(name + 9, rd_kafka_names[i]);
        if (!(found[i] = dlsym(module, name))) module = NULL;
    }
    if (!module) return PyErr_Format(PyExc_ImportError, "no librdkafka is found by %s", path), 0;
    memcpy(&rd_kafka, found, sizeof rd_kafka);
    return 1;
}

#endif
