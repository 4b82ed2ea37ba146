"""Sends four messages by LMTP, fetches them by POP3 and compares them byte for byte."""

import email.message
import poplib
import smtplib
import sys
import uuid

TRACE = (b"return-path:", b"delivered-to:")


def plain(sender, recipient, subject):
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Message-ID"] = f"<{uuid.uuid4()}@localhost>"
    message.set_content("Hello,\n.a line that begins with a dot\n..and one with two\n\nBye\n")
    return message


def with_attachment(sender, recipient, subject):
    message = plain(sender, recipient, subject)
    message.add_attachment(bytes(range(256)) * 40, maintype="application", subtype="octet-stream", filename="table.bin")
    return message


def as_sent(message):
    """The message with the line ends of the wire."""
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def without_trace(lines):
    """Drops the trace header lines that delivery put in front."""
    start = 0
    while start < len(lines) and lines[start].lower().startswith(TRACE):
        start += 1
    return b"".join(line + b"\r\n" for line in lines[start:])


def send(port, sender, recipient, body):
    with smtplib.LMTP("127.0.0.1", port) as client:
        refused = client.sendmail(sender, [recipient], body)
    if refused:
        raise SystemExit(f"{recipient} was refused: {refused}")


def fetch_all(port, user, password):
    """Every message of a mailbox, newest last."""
    client = poplib.POP3("127.0.0.1", port)
    try:
        client.user(user)
        client.pass_(password)
        count, _ = client.stat()
        return [without_trace(client.retr(number)[1]) for number in range(1, count + 1)]
    finally:
        client.quit()


def main():
    lmtp_port, pop3_port, domain, password_file = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    with open(password_file, encoding="ascii") as file:
        password = file.readline().rstrip("\n")
    sender = "visitor@example.net"
    plan = [
        ("a plain message", plain, "alice", "alice"),
        ("one with an attachment", with_attachment, "alice", "alice"),
        ("one to an extension", plain, "bob-lists", "bob"),
        ("one to an alias", plain, "sales", "bob"),
    ]
    sent = []
    for what, make, local, mailbox in plan:
        body = as_sent(make(sender, f"{local}@{domain}", what))
        send(lmtp_port, sender, f"{local}@{domain}", body)
        sent.append((what, local, mailbox, body))
        print(f"sent      {what:<24} to {local}@{domain}")
    fetched = {user: fetch_all(pop3_port, f"{user}@{domain}", password) for user in {mailbox for _, _, mailbox, _ in sent}}
    for what, local, mailbox, body in sent:
        if body not in fetched[mailbox]:
            raise SystemExit(f"{what} to {local}@{domain} did not come back byte for byte from {mailbox}@{domain}")
        print(f"fetched   {what:<24} from {mailbox}@{domain}: {len(body)} bytes, all equal")


if __name__ == "__main__":
    main()
