"""Name server and TCP listener on loopback that write down who is asked for. usage: recording-network.py LOG

Every name is 127.0.0.1. One line a name ("DNS name") or connection ("TCP 443"). Ends with its standard input.
"""
import socket
import sys
import threading

log = open(sys.argv[1], "a", buffering=1)


def names() -> None:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    while True:
        query, client = server.recvfrom(2000)
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode(errors="replace"))
            at += query[at] + 1
        log.write("DNS " + ".".join(labels) + "\n")
        is_address = int.from_bytes(query[at + 1 : at + 3], "big") == 1
        head = query[:2] + b"\x81\x80\0\1" + (b"\0\1" if is_address else b"\0\0") + b"\0\0\0\0"
        answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if is_address else b""
        server.sendto(head + query[12 : at + 5] + answer, client)


def connections(port: int) -> None:
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("127.0.0.1", port))
    server.listen(8)
    while True:
        client, _ = server.accept()
        log.write(f"TCP {port}\n")
        client.close()


threading.Thread(target=names, daemon=True).start()
for port in (80, 443):
    threading.Thread(target=connections, args=(port,), daemon=True).start()
log.write("READY\n")
sys.stdin.read()
