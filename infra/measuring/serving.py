"""A server of HTTP/1.1 that adds next to no time to what is measured: one task, no thread, no copies."""

import asyncio


class Request:
    """What was asked, and how to answer it, at once or later."""

    def __init__(self, connection, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.path, _ = lines[0].split(" ", 2)
        pairs = (line.split(":", 1) for line in lines[1:] if line)
        self.headers = {name.strip().lower(): value.strip() for name, value in pairs}
        self.body = body
        self.connection = connection

    def answer(self, status, body=b"", headers=()):
        lines = [f"HTTP/1.1 {status} .", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        self.connection.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


class Connection(asyncio.Protocol):
    def __init__(self, handle):
        self.handle = handle
        self.buffer = bytearray()

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while (request := self.take()) is not None:
            self.handle(request)

    def take(self):
        """The next request that is here to its end."""
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self.buffer[:end])
        request = Request(self, head, b"")
        start = end + 4
        if request.headers.get("transfer-encoding", "").lower() == "chunked":
            taken = self.chunks(start)
        else:
            stop = start + int(request.headers.get("content-length", 0))
            taken = (bytes(self.buffer[start:stop]), stop) if len(self.buffer) >= stop else None
        if taken is None:
            return None
        request.body, stop = taken
        del self.buffer[:stop]
        return request

    def chunks(self, at):
        """A chunked body and where it ends, once it is whole."""
        body = bytearray()
        while True:
            line = self.buffer.find(b"\r\n", at)
            if line < 0:
                return None
            size = int(self.buffer[at:line].split(b";")[0], 16)
            if len(self.buffer) < line + 2 + size + 2:
                return None
            if size == 0:
                end = self.buffer.find(b"\r\n\r\n", line)
                return (bytes(body), end + 4) if end >= 0 else None
            body += self.buffer[line + 2:line + 2 + size]
            at = line + 2 + size + 2


async def serve(handle):
    """Serves on a free port of the loopback interface: the server, and its address."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(handle), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    return server, f"{host}:{port}"
