"""A client of the link written from docs/link.md alone: Python's library, nothing of pumprig.

python second_client.py PORT PROGRAM.json OPERATOR_KEY
"""

import hashlib
import hmac
import json
import os
import secrets
import select
import sys
import termios
import time
import tty
import zlib

TRIES, ANSWER_S = 3, 5.0


class Pump:
    def __init__(self, port: str) -> None:
        self.port = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.port, termios.TCSANOW)
        self.heard = b""
        self.told: list[dict] = []
        self.q = secrets.randbelow(1 << 40)
        self.session: dict[str, str] = {}
        os.write(self.port, b"\n")  # ends what another client may have left

    def ask(self, command: str, **fields: object) -> dict:
        self.q += 1
        text = json.dumps({"q": self.q, "c": command, **fields, **self.session}).encode()
        line = b"%s*%08x\n" % (text, zlib.crc32(text))
        for _ in range(TRIES):
            os.write(self.port, line)
            end_s = time.monotonic() + ANSWER_S
            while time.monotonic() < end_s:
                for message in self.messages():
                    if message.get("q") == self.q:
                        return message
                    self.told.append(message)
        raise SystemExit(f"{command}: no answer")

    def messages(self) -> list[dict]:
        if select.select([self.port], [], [], 0.1)[0]:
            self.heard += os.read(self.port, 4096)
        *lines, self.heard = self.heard.split(b"\n")
        found = []
        for line in lines:
            text, star, told = line.strip().rpartition(b"*")
            if star and told == b"%08x" % zlib.crc32(text):
                found.append(json.loads(text))
        return found

    def obey(self, command: str, **fields: object) -> dict:
        reply = self.ask(command, **fields)
        if "err" in reply:
            raise SystemExit(f"{command}: {reply['err']}")
        return reply

    def log_in(self, role: str, key: str) -> None:
        number = self.obey("challenge")["number"]
        told = hmac.new(bytes.fromhex(key), f"pumprig{role}{number}".encode(), hashlib.sha256)
        self.session = {"s": self.obey("login", role=role, proof=told.hexdigest())["s"]}

    def stage(self, program: dict) -> dict:
        names = list(program)
        parts = [names[at : at + 8] for at in range(0, len(names), 8)]
        for part, fields in enumerate(parts):
            some = {name: program[name] for name in fields}
            reply = self.obey("stage", program=some, part=part, of=len(parts))
        return reply

    def log(self) -> str:
        data, first, last = "", 1, 1
        while first <= last:
            page = self.obey("log", **{"from": first})
            data, first, last = data + page["data"], page["next"], page["last"]
        return data


def main(port: str, path: str, key: str) -> None:
    pump = Pump(port)
    print("protocol", pump.obey("hello")["protocol"])
    print("stranger", pump.ask("stop")["err"])
    pump.log_in("operator", key)
    with open(path) as file:
        print("staged", pump.stage(json.load(file))["ok"])
    pump.obey("start", scale=60)
    pump.obey("watch", every=1)
    while not any("s" in message for message in pump.told):
        pump.ask("status")
    print("state", pump.ask("status")["state"])
    pump.session = {}
    print("estop", pump.obey("estop", confirm=True, reason="second client")["ok"])
    print("log", pump.log())


main(*sys.argv[1:])
