"""Named tensors in one file, for trading with the other side (exchange.ts).

Eight bytes of header length (little-endian), a JSON header {name: {dtype, shape, offset}}, then raw little-endian
numbers. Offsets are counted from the end of the header. dtype is float64 or int32.
"""

import json
import math
import struct
import sys
from array import array

import torch

CODES = {"float64": "d", "int32": "i"}


def read_tensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<q", file.read(8))
        header = json.loads(file.read(length))
        body = file.read()
    tensors = {}
    for name, entry in header.items():
        numbers = array(CODES[entry["dtype"]])
        size = math.prod(entry["shape"]) * numbers.itemsize
        numbers.frombytes(body[entry["offset"] : entry["offset"] + size])
        if sys.byteorder == "big":
            numbers.byteswap()
        dtype = torch.float64 if entry["dtype"] == "float64" else torch.int64
        tensors[name] = torch.tensor(numbers.tolist(), dtype=dtype).reshape(entry["shape"])
    return tensors


def write_tensors(path, tensors):
    """Everything as float64: float32 values are exact in it."""
    header, body = {}, bytearray()
    for name, tensor in tensors.items():
        header[name] = {"dtype": "float64", "shape": list(tensor.shape), "offset": len(body)}
        numbers = array("d", tensor.detach().to(torch.float64).flatten().tolist())
        if sys.byteorder == "big":
            numbers.byteswap()
        body += numbers.tobytes()
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<q", len(text)) + text + body)
