"""The host's side of the wire, against a device that loses, repeats, echoes and babbles."""

from collections.abc import Callable

import pytest

from link import frames
from pumprig.rig.link_client import LinkClient, LinkError


class Wire:
    """FAKE device: `replies` are the answers to come, one a request, None for none at all."""

    def __init__(self, *replies: dict[str, object] | bytes | None, first_q: int = 1) -> None:
        self.sent: list[dict[str, object]] = []
        self.replies = list(replies)
        self.client = LinkClient(self._write, self._wait, first_q)

    def _write(self, data: bytes) -> None:
        request = frames.decode(data)
        assert request is not None
        self.sent.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, bytes):
            self.client.receive(reply)
        elif reply is not None:
            self.client.receive(frames.encode({"q": request["q"], **reply}))

    @staticmethod
    def _wait(done: Callable[[], bool], _limit_s: float) -> bool:
        return done()


def test_a_request_gets_the_reply_with_its_number() -> None:
    wire = Wire({"state": "ready"})
    assert wire.client.request("status") == {"q": 1, "state": "ready"}
    assert wire.sent == [{"q": 1, "c": "status"}]


def test_what_got_no_reply_is_sent_again_with_the_same_number() -> None:
    wire = Wire(None, None, {"ok": 1})
    wire.client.order("refill", volume_nl=5)
    assert wire.sent == [{"q": 1, "c": "refill", "volume_nl": 5}] * 3


def test_the_next_request_has_the_next_number() -> None:
    wire = Wire({"ok": 1}, {"ok": 1}, first_q=41)
    wire.client.request("a")
    wire.client.request("b")
    assert [request["q"] for request in wire.sent] == [41, 42]


def test_three_tries_without_a_reply_are_an_error_that_says_what_was_heard() -> None:
    wire = Wire(None, b"Traceback (most recent call last):\nMemoryError: \n", None)
    with pytest.raises(LinkError, match=r"^stop: no answer in 3 x 2 s; it said: .*MemoryError:$"):
        wire.client.request("stop")


def test_an_order_that_is_refused_is_an_error_in_the_devices_words() -> None:
    wire = Wire({"err": "ack: nothing to acknowledge"})
    with pytest.raises(LinkError, match=r"^ack refused: ack: nothing to acknowledge$"):
        wire.client.order("ack")


def test_a_request_that_comes_back_is_an_echo_and_no_reply() -> None:
    """MicroPython's prompt echoes what it is sent, sum and all."""
    wire = Wire(*[frames.encode({"q": 1, "c": "hello"})] * 3)
    with pytest.raises(LinkError):
        wire.client.request("hello")


@pytest.mark.parametrize("number", [[1], {}, None, "1", 1.0, True])
def test_a_reply_whose_number_is_none_is_noise(number: object) -> None:
    reply = frames.encode({"q": number, "ok": 1})
    wire = Wire(*[reply] * 3)
    with pytest.raises(LinkError, match="no answer"):
        wire.client.request("hello")
    assert wire.client.noise == [reply.strip()] * 3
    assert wire.client.take_frames() == []


def test_what_comes_unasked_is_kept_apart_until_it_is_taken() -> None:
    wire = Wire()
    wire.client.receive(
        frames.encode({"d": [1, 7936]}) + b"noise\n" + frames.encode({"r": [0, 1]})
    )
    assert wire.client.take_frames() == [{"d": [1, 7936]}, {"r": [0, 1]}]
    assert wire.client.take_frames() == []
    assert wire.client.noise == [b"noise"]


def test_a_device_that_babbles_does_not_fill_the_memory() -> None:
    wire = Wire()
    wire.client.receive(b"".join(b"%d\n" % i for i in range(1000)))
    assert wire.client.noise == [b"%d" % i for i in range(950, 1000)]
