"""Counts the fsyncs of SQLite in this process, inside the very library it uses.

The virtual file system's `xOpen` is wrapped, so that each file opened while counting
has a method table whose `xSync` counts. No tool from outside is needed.
"""

import _sqlite3
import ctypes
import time
from collections.abc import Generator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_void_p
from typing import Any

_Sync = CFUNCTYPE(c_int, c_void_p, c_int)


class _Methods(Structure):
    """`sqlite3_io_methods`, of which one function matters here."""

    _fields_ = (
        ("version", c_int),
        ("before", c_void_p * 4),  # close, read, write, truncate
        ("sync", _Sync),
        ("after", c_void_p * 13),
    )


class _File(Structure):
    _fields_ = (("methods", POINTER(_Methods)),)


# The name stays an address: SQLite keeps it for as long as the file is open.
_Open = CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(_File), c_int, c_void_p)


class _FileSystem(Structure):
    """`sqlite3_vfs`, up to its first function."""

    _fields_ = (
        ("version", c_int),
        ("file_size", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        ("open", _Open),
    )


class Fsyncs:
    """`count` is how often files opened while counting were synced.

    Each sync takes `more` seconds more, as on a slow disk.
    """

    def __init__(self, *, more: float = 0.0) -> None:
        self.count = 0
        self._more = more
        self._kept: list[Any] = []

    @contextmanager
    def counted(self) -> Generator[None]:
        library = ctypes.CDLL(_sqlite3.__file__)
        library.sqlite3_vfs_find.restype = POINTER(_FileSystem)
        system = library.sqlite3_vfs_find(None).contents
        original = system.open
        # A field read from a struct is a view of it: keep the address, not the view.
        address = ctypes.cast(original, c_void_p).value
        opened = _Open(address or 0)

        def open_counting(vfs: Any, name: Any, file: Any, flags: int, out: Any) -> int:
            status = opened(vfs, name, file, flags, out)
            if file.contents.methods:
                file.contents.methods = ctypes.pointer(self._counting(file))
            return int(status)

        system.open = wrapped = _Open(open_counting)
        self._kept.append(wrapped)
        try:
            yield
        finally:
            system.open = opened

    def _counting(self, file: Any) -> _Methods:
        methods = _Methods.from_buffer_copy(file.contents.methods.contents)
        original = _Sync(ctypes.cast(methods.sync, c_void_p).value or 0)

        def sync(opened_file: int, flags: int) -> int:
            self.count += 1
            if self._more:
                time.sleep(self._more)
            return int(original(opened_file, flags))

        methods.sync = counting = _Sync(sync)
        self._kept += (methods, counting, original)
        return methods
