"""Runs a program on a pseudo-terminal. Standard input takes lines of JSON: {"keys": "..."}, {"resize": [columns, rows]}
or {"signal": "TERM"}; standard output carries what the terminal was sent, byte for byte."""
import fcntl, json, os, pty, select, signal, struct, sys, termios

columns, rows = int(sys.argv[1]), int(sys.argv[2])
child, terminal = pty.fork()
if child == 0:
    # The size is there before the program looks.
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(sys.argv[3], sys.argv[3:])

pending = b""
open_input = True
while True:
    ready, _, _ = select.select([terminal] + ([0] if open_input else []), [], [])
    if terminal in ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            data = b""
        if not data:
            break
        os.write(1, data)
    if 0 in ready:
        data = os.read(0, 65536)
        open_input = bool(data)
        pending += data
        *lines, pending = pending.split(b"\n")
        for line in lines:
            order = json.loads(line)
            if "keys" in order:
                os.write(terminal, order["keys"].encode())
            if "resize" in order:
                columns, rows = order["resize"]
                fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                os.kill(child, signal.SIGWINCH)
            if "signal" in order:
                os.kill(child, getattr(signal, "SIG" + order["signal"]))
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
