"""Years of running leave a heap in pieces. What must be kept is kept all the same, and where not
even a line of the link finds room it is told."""

import pytest

from pumprig.image import Image
from pumprig.image.firmware import firmware_files
from pumprig.measure.programs import everything
from pumprig.rig.emulated import EmulatedRig
from pumprig.rig.staging import stage_or_fail

pytestmark = pytest.mark.emulator
# Between the start and the run: the heap filled with lists, and of each only its beginning stays.
# The rest may join a gap behind it: what is free is at most twice as long as a list.
IN_PIECES = """d = Device()
        import gc
        gc.collect()
        pieces = [None] * 200
        for n in range(200):
            try:
                pieces[n] = [None] * ({piece_bytes} // 4)
            except MemoryError:
                break
        for piece in pieces:
            if piece:
                piece.clear()
        gc.collect()
        d.run()"""


def board(image: Image, run: str) -> EmulatedRig:
    """`run` in place of the firmware's own "Device().run()"."""
    files = firmware_files()
    main = files["main.py"].replace(b"Device().run()", run.encode())
    assert main != files["main.py"]
    rig = EmulatedRig(image, {**files, "main.py": main})
    rig.open()
    return rig


def board_in_pieces(image: Image, piece_bytes: int) -> EmulatedRig:
    return board(image, IN_PIECES.format(piece_bytes=piece_bytes))


def test_a_record_of_3_kb_is_kept_where_no_block_of_its_length_is_free(image: Image) -> None:
    rig, program = board_in_pieces(image, 1400), everything()
    rig.happen("refill", {"volume_nl": program.volume_nl})
    stage_or_fail(rig.link, program.device_program())
    rig.link.order("start", scale=60, confirm="tested")
    rig.advance(60)
    hello = rig.link.order("hello")
    assert (hello["reset"], hello["state"], hello["journal"]) == ("power", "running", "")
    rig.chip.power_cut(1)
    rig.await_boot()
    assert rig.link.order("hello")["state"] == "running"


def test_the_self_test_finds_a_heap_in_pieces_shorter_than_2_kib(image: Image) -> None:
    rig = board_in_pieces(image, 1000)
    rig.link.order("self_test", reason="to see")
    rig.advance(5)
    assert rig.link.order("hello")["self_test"] == "heap: in pieces, none of 2048 bytes"


def test_the_least_free_heap_is_that_of_a_board_that_has_loaded_everything(image: Image) -> None:
    rig, program = EmulatedRig(image), everything()
    rig.open()
    first = int(str(rig.link.order("hello")["heap_free_min"]))
    rig.happen("refill", {"volume_nl": program.volume_nl})
    stage_or_fail(rig.link, program.device_program())
    rig.link.order("start", scale=60, confirm="tested")
    rig.advance(300)
    least = int(str(rig.link.order("hello")["heap_free_min"]))
    assert first - 12_288 < least < first, "its program, and what is being said"


def test_the_self_test_finds_too_little_heap(image: Image) -> None:
    rig = board(image, "less = bytearray(20_000); Device().run()")
    rig.link.order("self_test", reason="to see")
    rig.advance(5)
    assert rig.link.order("hello")["self_test"] == "heap: less than 56000 bytes free"
