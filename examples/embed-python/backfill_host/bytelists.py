"""`list<u8>` of wasmtime-py, a thousand times as fast.

wasmtime-py converts each byte by itself, some microseconds each: a body of 10 MiB would
take longer than a call may. Here the C API's values are written and read as one array.
"""

import ctypes
from typing import Any

from wasmtime import _ffi as ffi
from wasmtime.component import ListType

_STRIDE = ctypes.sizeof(ffi.wasmtime_component_val_t)
_KIND = ffi.wasmtime_component_val_t.kind.offset
_VALUE = ffi.wasmtime_component_val_t.of.offset
_U8 = bytes([ffi.WASMTIME_COMPONENT_U8.value])
#: Bytes converted at once: their values fit a processor's cache.
_PIECE = 65536

_list_to_c = ListType.convert_to_c
_list_from_c = ListType.convert_from_c


def install() -> None:
    """Makes every component of this process use it."""
    ListType.convert_to_c = _to_c  # type: ignore[method-assign]
    ListType.convert_from_c = _from_c  # type: ignore[method-assign]


def _to_c(self: ListType, store: Any, val: Any, ptr: Any) -> None:
    if not (self._is_bytes() and isinstance(val, bytes)):
        _list_to_c(self, store, val, ptr)
        return
    raw = ffi.wasmtime_component_vallist_t()
    ffi.wasmtime_component_vallist_new_uninit(raw, len(val))
    address = _address(raw)
    for start in range(0, len(val), _PIECE):
        piece = val[start : start + _PIECE]
        values = bytearray(_STRIDE * len(piece))
        values[_KIND::_STRIDE] = _U8 * len(piece)
        values[_VALUE::_STRIDE] = piece
        ctypes.memmove(address + start * _STRIDE, bytes(values), len(values))
    ptr.contents.kind = ffi.WASMTIME_COMPONENT_LIST
    ptr.contents.of.list = raw


def _from_c(self: ListType, c: Any) -> Any:
    if not self._is_bytes():
        return _list_from_c(self, c)
    raw = c.of.list
    try:
        address = _address(raw)
        pieces = [
            ctypes.string_at(address + start * _STRIDE, count * _STRIDE)[_VALUE::_STRIDE]
            for start in range(0, raw.size, _PIECE)
            for count in [min(_PIECE, raw.size - start)]
        ]
        return b"".join(pieces)
    finally:
        ffi.wasmtime_component_vallist_delete(ctypes.byref(raw))


def _address(raw: Any) -> int:
    return ctypes.cast(raw.data, ctypes.c_void_p).value or 0
