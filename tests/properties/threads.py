"""The model's threads: messages, their twins, and uploads."""

from typing import Any

from tests.properties.diary import Diary
from tests.properties.records import Act, Booked, Sent, Told, Upload
from tests.properties.terms import DAY


class Threads(Diary):
    def __init__(self) -> None:
        super().__init__()
        self.uploads: dict[str, Upload] = {}

    def twin(self, booking: Booked, sent: Sent) -> dict[str, Any] | None:
        name = sent.body.get("message", {}).get("client_message_id")
        mine = [m for m in booking.messages if m["author"] == sent.who]
        for message in mine:
            if name is not None and message["client_message_id"] == name:
                return message
        for message in mine:
            if sent.uploads and set(message["uploads"]) == set(sent.uploads):
                return message
        return None

    def is_usable(self, upload_id: str, sent: Sent) -> bool:
        upload = self.uploads.get(upload_id)
        return (
            upload is not None
            and upload.is_there
            and upload.message is None
            and (upload.number, upload.owner) == (sent.number, sent.who)
        )

    def talk(self, sent: Sent, booking: Booked, act: Act) -> None:
        self.say(booking, sent.who, sent.role, sent.new_message, sent.now)
        said = booking.messages[-1]
        said |= named(sent.body.get("message", {}))
        said["uploads"] = tuple(sent.uploads)
        if act.outcome == "change_requested" and act.request is not None:
            said["request"] = act.request.id
        for upload_id in sent.uploads:
            self.uploads[upload_id].message = sent.new_message

    def say(
        self, booking: Booked, who: str, role: str, message_id: str, now: int
    ) -> None:
        booking.messages.append(
            {
                "id": message_id,
                "author": who,
                "role": role,
                "client_message_id": None,
                "text": None,
                "uploads": (),
                "request": None,
                "at": now,
            }
        )

    def announce(self, upload_id: str, number: int, who: str, now: int) -> Told:
        return self._on_upload(Upload(number, who), upload_id, now, status=201)

    def send_bytes(self, upload_id: str, number: int, who: str, now: int) -> Told:
        upload = self.uploads.get(upload_id)
        if upload is None or (upload.number, upload.owner) != (number, who):
            return Told(404, code="not_found")
        told = self._on_upload(upload, upload_id, now, status=200)
        upload.is_there = upload.is_there or told.status == 200
        return told

    def _on_upload(
        self, upload: Upload, upload_id: str, now: int, *, status: int
    ) -> Told:
        booking = self.bookings.get(upload.number)
        if booking is None or booking.owner != upload.owner:
            return Told(404, code="not_found")
        self.tick(now)
        if is_over(booking, now):
            return Told(409, code="thread_closed")
        self.uploads[upload_id] = upload
        return Told(status)


def is_over(booking: Booked, now: int) -> bool:
    """Whether the thread has closed."""
    return now > booking.start + booking.minutes + 30 * DAY


def named(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "text": message.get("text"),
        "client_message_id": message.get("client_message_id"),
    }
