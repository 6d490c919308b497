import gzip
import zlib

import brotli
import pytest

from backfill_host.decoding import BadCoding, decoder_of

TEXT = bytes(range(256)) * 1000 + b"a" * 1_000_000
BARE = zlib.compressobj(wbits=-zlib.MAX_WBITS)
ENCODED = [
    ("gzip", gzip.compress(TEXT)),
    ("X-GZIP", gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:])),
    ("deflate", zlib.compress(TEXT)),
    ("deflate", BARE.compress(TEXT) + BARE.flush()),
    ("br", brotli.compress(TEXT)),
]


def decode(coding: str, body: bytes, step: int) -> list[bytes]:
    decoder = decoder_of(coding)
    assert decoder is not None
    pieces = [body[start : start + step] for start in range(0, len(body), step)]
    decoded = [part for piece in pieces for part in decoder.feed(piece)]
    decoder.finish()
    return decoded


@pytest.mark.parametrize("step", [1, 1000, 10_000_000])
@pytest.mark.parametrize(("coding", "body"), ENCODED)
def test_a_body_is_decoded_however_it_is_cut_in_small_pieces(
    coding: str, body: bytes, step: int
) -> None:
    pieces = decode(coding, body, step)
    assert b"".join(pieces) == TEXT
    assert max(map(len, pieces)) <= 128 * 1024


@pytest.mark.parametrize("step", [1, 10_000_000])
@pytest.mark.parametrize(("coding", "body"), ENCODED)
def test_a_body_that_is_cut_short_or_has_more_behind_it_is_refused(
    coding: str, body: bytes, step: int
) -> None:
    for bad in (body[:-1], body + b"x", b"no such thing"):
        with pytest.raises(BadCoding):
            decode(coding, bad, step)


def test_only_one_known_coding_is_decoded() -> None:
    assert decoder_of("gzip, br") is None
    assert decoder_of("snappy") is None
