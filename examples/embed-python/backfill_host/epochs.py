"""A look at a running guest each time Wasmtime's epoch advances.

wasmtime-py can let an epoch trap a guest, but not ask what becomes of it, which the C API
can: so a budget is of the thread's own time, and not of a loaded machine's.
"""

import ctypes
from collections.abc import Callable
from typing import Any

from wasmtime import Store, WasmtimeError
from wasmtime import _ffi as ffi

_CONTINUE = 0
_Callback = ctypes.CFUNCTYPE(
    ctypes.c_size_t,
    ctypes.POINTER(ffi.wasmtime_context_t),
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_uint64),
    ctypes.POINTER(ctypes.c_uint8),
)
_NO_FINALIZER = ctypes.cast(0, ctypes.CFUNCTYPE(None, ctypes.c_void_p))


def at_each_epoch(store: Store, look: Callable[[], str | None]) -> object:
    """Calls `look` in the guest's thread; a text it returns ends the guest.

    What is returned must live as long as the store. `look` must not raise.
    """

    def called(_context: Any, _data: Any, more: Any, kind: Any) -> int:
        why = look()
        if why is not None:
            error = ctypes.cast(WasmtimeError(why)._consume(), ctypes.c_void_p)
            return error.value or 0
        more[0] = 1
        kind[0] = _CONTINUE
        return 0

    callback = _Callback(called)
    ffi.wasmtime_store_epoch_deadline_callback(store.ptr(), callback, None, _NO_FINALIZER)
    store.set_epoch_deadline(1)
    return callback
