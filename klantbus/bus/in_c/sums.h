/* CRC-32C, which Kafka's batches are summed by, where the processor reckons it itself. */

#ifndef KLANTBUS_SUMS_H
#define KLANTBUS_SUMS_H

#include "wire.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <nmmintrin.h>
#define CAN_SUM __builtin_cpu_supports("sse4.2")

__attribute__((target("sse4.2"))) static uint32_t crc32c(const unsigned char *at, Py_ssize_t size)
{
    uint64_t sum = 0xFFFFFFFF, word;
    for (; size >= 8; size -= 8, at += 8) {
        memcpy(&word, at, 8);
        sum = _mm_crc32_u64(sum, word);
    }
    while (size--) sum = _mm_crc32_u8((uint32_t)sum, *at++);
    return (uint32_t)sum ^ 0xFFFFFFFF;
}
#else
#define CAN_SUM 0

static uint32_t crc32c(const unsigned char *Py_UNUSED(at), Py_ssize_t Py_UNUSED(size))
{
    return 0;
}
#endif

PyDoc_STRVAR(summed_doc, "summed(data)\n--\n\nReturn the CRC-32C of a buffer; only there where the processor can do it.");

static PyObject *summed(PyObject *Py_UNUSED(module), PyObject *data)
{
    Py_buffer view;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0) return NULL;
    uint32_t sum = crc32c(view.buf, view.len);
    PyBuffer_Release(&view);
    return PyLong_FromUnsignedLong(sum);
}

static PyMethodDef sums[] = {
    {"summed", summed, METH_O, summed_doc},
    {NULL, NULL, 0, NULL},
};

#endif
