/* Goes before what mypyc writes (see setup.py). It lets any object wait to be freed that stands deep in others, in a
   list that Python keeps in the collector's header of each; what is `acyclic` has no such header, and the list was written
   over whatever stands before it in memory. */

#ifndef KLANTBUS_ACYCLIC_H
#define KLANTBUS_ACYCLIC_H

#include <Python.h>

#undef Py_TRASHCAN_BEGIN
#define Py_TRASHCAN_BEGIN(op, dealloc) \
    Py_TRASHCAN_BEGIN_CONDITION(op, PyType_IS_GC(Py_TYPE(op)) && _PyTrash_cond((PyObject *)(op), (destructor)(dealloc)))

#endif
