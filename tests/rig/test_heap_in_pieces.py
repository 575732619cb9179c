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


def board(image: Image, piece_bytes: int) -> EmulatedRig:
    files = firmware_files()
    run = IN_PIECES.format(piece_bytes=piece_bytes)
    main = files["main.py"].replace(b"Device().run()", run.encode())
    rig = EmulatedRig(image, {**files, "main.py": main})
    rig.open()
    return rig


def test_a_record_of_3_kb_is_kept_where_no_block_of_its_length_is_free(image: Image) -> None:
    rig, program = board(image, 1400), everything()
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
    rig = board(image, 1000)
    rig.link.order("self_test", reason="to see")
    rig.advance(5)
    assert rig.link.order("hello")["self_test"] == "heap: in pieces, none of 2048 bytes"
