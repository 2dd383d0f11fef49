"""Whatever is wrong with a database's address, no message shows of its password."""

import pytest

from adapters.errors import StoreAddressInvalid, StoreError
from adapters.postgres import connection


@pytest.mark.parametrize(
    "authority",
    [
        "me:hush%zz@127.0.0.1:1/d",
        "me:hush%00@127.0.0.1:1/d",
        'me:"hush" "hush"%zz@127.0.0.1:1/d',
        "me:hush hush@127.0.0.1:1/d",
        "me:@hush@127.0.0.1:1/d",
        "me:12/hush@127.0.0.1:1/d",
        "me:hush/hush@127.0.0.1:1/d",
        "me:hush@[127.0.0.1:1/d",
        "127.0.0.1:1/d?password=hush%zz",
        "127.0.0.1:1/d?password=x&no_such_option=hush",
        "127.0.0.1:1/d?connect_timeout=hush",
    ],
)
def test_an_address_that_is_none_is_one_line_without_its_password(authority: str):
    with pytest.raises(StoreAddressInvalid) as told:
        connection.connect(f"postgresql://{authority}")

    assert told.value.exit_code == 2
    assert told.value.__cause__ is None
    message = str(told.value)
    assert message.startswith("DATABASE_URL cannot be used: ")
    assert "hush" not in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "authority",
    [
        "me:hush@127.0.0.1:1/d",
        "me:hu:sh:hush@127.0.0.1:1/d",
        "me:?hush@127.0.0.1:1/d",
        "me:hush%40%2F%25@127.0.0.1:1/d",
        "127.0.0.1:1/d?password=hush",
    ],
)
def test_a_password_that_can_be_read_is_in_no_message(authority: str):
    with pytest.raises(StoreError) as told:
        connection.connect(f"postgresql://{authority}")

    assert "refused" in str(told.value)
    assert "sh" not in str(told.value)
