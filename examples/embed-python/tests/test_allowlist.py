import re

import pytest

from backfill_host.allowlist import Allowlist, Entry
from backfill_host.failures import ConfigError, HttpFailure, Refused

ENTRY = "https://api.example.com/users/*/orders/*"


@pytest.mark.parametrize(
    "path", ["users/a/orders/", "users/a;b/orders/1/2", "users/%20/orders/%2F"]
)
def test_a_wildcard_is_one_segment_and_at_the_end_one_or_more(path: str) -> None:
    assert Allowlist([ENTRY]).admit(f"https://api.example.com/{path}").path == f"/{path}"


@pytest.mark.parametrize(
    "path", ["users/a/orders", "users//orders/1", "users/a/b/orders/1", "users/a%2Fb/orders/1"]
)
def test_what_no_entry_matches_is_denied(path: str) -> None:
    with pytest.raises(HttpFailure):
        Allowlist([ENTRY]).admit(f"https://api.example.com/{path}")


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/v2/a?key=s3cret",
        "https://other.example.com:8443/",
        "https://api.example.com/a%20b/%7Ec/d",
        "https://api.example.com/*/d*",
    ],
)
def test_a_denial_names_a_line_that_allows_the_url(url: str) -> None:
    with pytest.raises(HttpFailure) as caught:
        Allowlist(["https://api.example.com/v1/*", ENTRY]).admit(url)
    assert caught.value.code == "not-allowed"
    line = re.search(r'add "(.*)" to', caught.value.message)
    assert line is not None
    Allowlist([line[1]]).admit(url)
    assert "s3cret" not in caught.value.message


def test_no_line_is_named_where_only_the_operator_can_open_the_host() -> None:
    with pytest.raises(HttpFailure, match="internalHosts"):
        Allowlist([]).admit("https://vault/")
    assert (
        Allowlist(["https://vault/*"], frozenset({"vault"})).admit("https://vault/a").host
        == "vault"
    )


@pytest.mark.parametrize(
    "text",
    [
        "https://api.example.com/v1*",
        "https://api.example.com/**",
        "https://*.example.com/*",
        "https://api.example.com/a/../b",
        "https://api.example.com/%7Eb",
        "https://api.example.com/%2f",
        "https://api.example.com/?a",
        "https://api.example.com/#",
        "https://localhost/*",
        "https://a.home.arpa/*",
    ],
)
def test_an_entry_that_could_be_meant_in_two_ways_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(Refused):
        Entry.parse(text)
    with pytest.raises(ConfigError) as caught:
        Allowlist(["https://api.example.com/", text])
    assert caught.value.path == "permissions.http[1]"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            " HTTP:/\\user@*.example.com:080//%zz/%7euser/v1*?a#b",
            "https://example.com:80/%25zz/~user/v1/*",
        ),
        ("api.example.com/**/orders", "https://api.example.com/*/orders"),
        ("https://\uff41pi.example.com./a b", "https://api.example.com/a%20b"),
        ("https://*.M\u00dcNCHEN.example/*", "https://xn--mnchen-3ya.example/*"),
        ("https://api.example.com/v1/../%2fa", "https://api.example.com/%2Fa"),
    ],
)
def test_a_refused_entry_is_shown_with_the_line_that_was_meant(text: str, line: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f" Write {line} in its place.")):
        Allowlist([text])
    Allowlist([line])


@pytest.mark.parametrize(
    "text", ["https://*/*", "/v1/*", "https://127.0.0.1/*", "https://localhost/*"]
)
def test_no_line_is_shown_where_none_can_be_meant(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Allowlist([text])
    assert "Write" not in f"{caught.value}"


def test_a_refused_url_is_shown_respelt_without_what_may_be_secret() -> None:
    with pytest.raises(HttpFailure) as caught:
        Allowlist([]).admit("http://user:s3cret@api.example.com//a b?key=s3cret")
    assert "https://api.example.com/a%20b in" in caught.value.message
    assert "s3cret" not in caught.value.message
