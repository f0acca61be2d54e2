"""What lists, simulator and checks of SES do to a recipient, by every interface.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from expected import BOUNCE, COMPLAINED, COMPLAINT, DELIVERY, REMOTE, REPORTED_BOUNCE, SENT, Expected, check_send
from interfaces import HTML, TEMPLATED, WAYS, WITHOUT_LISTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import SesFake
    from pytest_sesfake.ses.suppression import SuppressionReason

    Arrange = Callable[[SesFake], object]

ADA, GAIL = "ada@example.com", "gail@gmail.com"
SIMULATED = "{}@simulator.amazonses.com"


def nothing(_: SesFake) -> None:
    """The address alone says what happens."""


def listed(reason: SuppressionReason) -> Arrange:
    return lambda sesfake: sesfake.suppress("Ada@EXAMPLE.com", reason)


def listed_for_another_reason(sesfake: SesFake) -> None:
    sesfake.suppress(ADA)
    sesfake.suppression = ["COMPLAINT"]


def listed_where_the_set_looks_at_no_list(sesfake: SesFake) -> None:
    sesfake.suppress(ADA)
    sesfake.client("sesv2").put_configuration_set_suppression_options(ConfigurationSetName="cs", SuppressedReasons=[])


def listed_by_all(*reasons: SuppressionReason) -> Arrange:
    def arrange(sesfake: SesFake) -> None:
        sesfake.suppression = reasons
        sesfake.suppress(ADA, scope="global")

    return arrange


def listed_by_all_a_while_ago(sesfake: SesFake) -> None:
    listed_by_all()(sesfake)
    sesfake.clock.advance(days=14)


def opted_out(sesfake: SesFake) -> None:
    sesfake.client("sesv2").create_contact(ContactListName="readers", EmailAddress=ADA, UnsubscribeAll=True)


def impatient(sesfake: SesFake) -> None:
    sesfake.client("sesv2").put_configuration_set_delivery_options(ConfigurationSetName="cs", MaxDeliverySeconds=300)
    sesfake.on(recipient=ADA).soft_bounce()


def annoyed(sesfake: SesFake) -> None:
    sesfake.on(recipient="*").complain()


def without_a_name(sesfake: SesFake) -> None:
    sesfake.template("hello", subject="Hi {{name}}", text="Hi", html=HTML)


OWN_LIST = {
    "bounceType": "Permanent",
    "bounceSubType": "OnAccountSuppressionList",
    "reportingMTA": "dns; amazonses.com",
}
DELIVERED = Expected(SENT, "Delivered", DELIVERY, {"recipients": [ADA]})

STATES: dict[str, tuple[str, Arrange, Expected]] = {
    "listed after a bounce": (
        ADA,
        listed("BOUNCE"),
        Expected(["Send", "Bounce"], "Suppressed", REPORTED_BOUNCE, OWN_LIST, suppresses="BOUNCE"),
    ),
    "listed after a complaint": (
        ADA,
        listed("COMPLAINT"),
        Expected(
            ["Send", "Complaint"],
            "Suppressed",
            [*COMPLAINT, "arrivalDate"],
            {"complaintSubType": "OnAccountSuppressionList"},
            suppresses="COMPLAINT",
        ),
    ),
    "listed for a reason that does not count": (
        ADA,
        listed_for_another_reason,
        DELIVERED._replace(suppresses="BOUNCE"),
    ),
    "listed, by a set that looks at no list": (
        ADA,
        listed_where_the_set_looks_at_no_list,
        DELIVERED._replace(suppresses="BOUNCE"),
    ),
    "listed by all, and the own list is off": (
        ADA,
        listed_by_all(),
        Expected(["Send", "Bounce"], "Suppressed", REPORTED_BOUNCE, {"bounceSubType": "Suppressed"}, bounces=1),
    ),
    "listed by all, and not on the own list": (ADA, listed_by_all("BOUNCE"), DELIVERED),
    "listed by all, two weeks ago": (ADA, listed_by_all_a_while_ago, DELIVERED),
    "opted out": (
        ADA,
        opted_out,
        Expected(["Send", "Bounce"], "Suppressed", REPORTED_BOUNCE, {"bounceSubType": "UnsubscribedRecipient"}),
    ),
    "impatient": (
        ADA,
        impatient,
        Expected(
            ["Send", "DeliveryDelay", "Bounce"],
            "Bounced",
            REMOTE,
            {"bounceType": "Transient", "bounceSubType": "CustomTimeoutExceeded"},
        ),
    ),
    "annoyed, where SES hears of nothing": (
        GAIL,
        annoyed,
        Expected(SENT, "Delivered", DELIVERY, {"recipients": [GAIL]}),
    ),
    "success": (
        SIMULATED.format("success"),
        nothing,
        Expected(SENT, "Delivered", DELIVERY, {"smtpResponse": "250 2.6.0 Message received"}, attempts=0),
    ),
    "bounce": (
        SIMULATED.format("bounce+17"),
        nothing,
        Expected(
            ["Send", "Bounce"], "Bounced", REMOTE, {"bounceType": "Permanent", "bounceSubType": "General"}, attempts=0
        ),
    ),
    "ooto": (
        SIMULATED.format("ooto"),
        nothing,
        Expected(
            [*SENT, "Bounce"],
            "Delivered",
            BOUNCE,
            {"bounceType": "Transient", "bounceSubType": "General"},
            bounced=["emailAddress"],
            attempts=0,
        ),
    ),
    "complaint": (
        SIMULATED.format("complaint"),
        nothing,
        Expected(
            [*SENT, "Complaint"],
            "Complained",
            COMPLAINED,
            {"complaintSubType": None, "userAgent": "Amazon SES Mailbox Simulator", "complaintFeedbackType": "abuse"},
            attempts=0,
        ),
    ),
    "suppressionlist": (
        SIMULATED.format("suppressionlist"),
        nothing,
        Expected(
            ["Send", "Bounce"], "Bounced", REMOTE, {"bounceType": "Permanent", "bounceSubType": "General"}, attempts=0
        ),
    ),
    "not rendered": (
        ADA,
        without_a_name,
        Expected(
            ["RenderingFailure"],
            "Pending",
            ["errorMessage", "templateName"],
            {"errorMessage": "Attribute 'name' is not present in the rendering data.", "templateName": "hello"},
            attempts=0,
        ),
    ),
}
CELLS = [
    (name, way)
    for name in STATES
    for way in WAYS
    if (name != "opted out" or way not in WITHOUT_LISTS) and (name != "not rendered" or way in TEMPLATED)
]


@pytest.mark.parametrize("name,way", CELLS)
def test_a_state_of_ses_has_the_same_effect_by_every_interface_and_at_every_destination(
    sesfake: SesFake, name: str, way: str
) -> None:
    to, arrange, expected = STATES[name]
    check_send(sesfake, expected, arrange, way=way, to=to)
