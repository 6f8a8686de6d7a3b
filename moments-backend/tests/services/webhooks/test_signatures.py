"""Signatures of the Standard Webhooks specification."""

import base64
from typing import get_args

from app.models.webhook import WebhookEvent
from app.services.webhooks.events import EVENTS
from app.services.webhooks.signatures import create_secret, signed_headers


def test_signature_equals_the_reference() -> None:
    """The secret, message and signature of the specification's reference implementations."""
    headers = signed_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_secrets_are_random_and_long() -> None:
    first, second = create_secret(), create_secret()
    assert first != second
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32


def test_every_event_can_be_requested() -> None:
    assert set(get_args(WebhookEvent)) == EVENTS.keys()
