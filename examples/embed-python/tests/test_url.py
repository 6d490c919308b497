import pytest

from backfill_host.failures import Refused
from backfill_host.url import canonical_url


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("https://API.example.com", "https://api.example.com/"),
        ("https://api.example.com:443/a#b", "https://api.example.com/a"),
        ("https://api.example.com:8443?a", "https://api.example.com:8443/?a"),
        ("https://api.example.com/a/../b/./c", "https://api.example.com/b/c"),
        ("https://api.example.com/a/%2e%2E/b", "https://api.example.com/b"),
        ("https://api.example.com/../..", "https://api.example.com/"),
        ("https://api.example.com/a/..", "https://api.example.com/"),
        ("https://api.example.com/é^`{}|?é^`{}|'", None),
        ("https://api.example.com/%7e%2f", "https://api.example.com/%7e%2f"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://\U0001f600.example/", "https://xn--e28h.example/"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
    ],
)
def test_a_url_has_one_form_which_is_its_own_form(raw: str, canonical: str | None) -> None:
    wanted = canonical or "https://api.example.com/%C3%A9%5E%60%7B%7D|?%C3%A9^`{}|%27"
    assert str(canonical_url(raw)) == wanted
    assert canonical_url(wanted) == canonical_url(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "http://api.example.com/",
        "HTTPS://api.example.com/",
        "https:/api.example.com/",
        "https:///",
        "https://u@api.example.com/",
        "https://@api.example.com/",
        "https://api.example.com/a b",
        "https://api.example.com/\ufeff",
        "https://api.example.com/?\\",
        "https://api.example.com/\ud800",
        "https://api.example.com:0443/",
        "https://api.example.com:/",
        "https://api.example.com:65536/",
        "https://api.example.com:\uff14/",
        "https://api.example.com./",
        "https://127.1/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://as\u212a.example/",
        "https://B\u00dcCHER.example/",
        "https://a\u200d.example/",
        "https://xn--a.example/",
        "https://xn--api-.example/",
        "https://1.\u05d0.example/",
        "https://api.example.com//",
        "https://api.example.com/%",
        "https://api.example.com/..;/a",
        "https://api.example.com/%252e%252e/a",
        "https://api.example.com/..%2fa",
        "https://api.example.com/%5c",
        "https://api.example.com/%00",
        "https://api.example.com/%c2%85",
        "https://api.example.com/%c0%ae",
        "https://api.example.com/%ed%a0%80",
        "https://api.example.com/%2525252541",
    ],
)
def test_a_url_that_two_programs_could_read_as_two_is_refused(raw: str) -> None:
    with pytest.raises(Refused):
        canonical_url(raw)


def test_a_url_of_8192_bytes_passes_and_one_more_does_not() -> None:
    longest = "https://api.example.com/".ljust(8192, "a")
    assert str(canonical_url(longest)) == longest
    with pytest.raises(Refused):
        canonical_url(longest + "a")
    with pytest.raises(Refused):
        canonical_url(longest[:-1] + "é")
    with pytest.raises(Refused, match="longer"):
        canonical_url(longest[:-3] + "é")
