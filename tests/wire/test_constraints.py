"""The texts of SES's validation layer, as they were seen in public, and what it does not judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.loaders import Loader

from pytest_sesfake.wire import constraints, model

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.wire.conftest import Invention, Peer

MESSAGE = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}


def judged(api: str, name: str, arguments: dict[str, Any]) -> str | None:
    return constraints.check(model.api(api).operations[name], arguments)


def said(*failures: tuple[str, str]) -> str:
    """The whole text, from what stands between ``Value`` and ``failed`` and after the colon."""
    texts = [f"Value{where} failed to satisfy constraint: Member must {demand}" for where, demand in failures]
    return f"{len(texts)} validation error{'s' if texts[1:] else ''} detected: {'; '.join(texts)}"


def one(where: str, demand: str) -> str:
    return f"1 validation error detected: Value{where} failed to satisfy constraint: {demand}"


@pytest.mark.parametrize(
    "name,arguments,text",
    [
        (
            "SendEmail",
            {"Destination": {"ToAddresses": ["a@b.c"]}, "Message": MESSAGE},
            one(" null at 'source'", "Member must not be null"),
        ),
        (
            "SendEmail",
            {"Source": "a@b.c", "Destination": {}, "Message": {"Body": {"Text": {}}}},
            said((" null at 'message.subject'", "not be null"), (" null at 'message.body.text.data'", "not be null")),
        ),
        (
            "ListIdentities",
            {"IdentityType": "Unknown"},
            one(" 'Unknown' at 'identityType'", "Member must satisfy enum value set: [Domain, EmailAddress]"),
        ),
        (
            "SetIdentityMailFromDomain",
            {"Identity": "a.b", "BehaviorOnMXFailure": "Panic"},
            one(" at 'behaviorOnMXFailure'", "Member must satisfy enum value set: [RejectMessage, UseDefaultValue]"),
        ),
        (
            "PutConfigurationSetDeliveryOptions",
            {"ConfigurationSetName": "c", "DeliveryOptions": {"TlsPolicy": "REQUIRE"}},
            one(" at 'deliveryOptions.tlsPolicy'", "Member must satisfy enum value set: [Optional, Require]"),
        ),
        (
            "PutIdentityPolicy",
            {"Identity": "a.b", "PolicyName": "p" * 65, "Policy": "{}"},
            one(f" '{'p' * 65}' at 'policyName'", "Member must have length less than or equal to 64"),
        ),
        (
            "PutIdentityPolicy",
            {"Identity": "a.b", "PolicyName": "p", "Policy": ""},
            one(" '' at 'policy'", "Member must have length greater than or equal to 1"),
        ),
        (
            "ListCustomVerificationEmailTemplates",
            {"MaxResults": 51},
            one(" '51' at 'maxResults'", "Member must have value less than or equal to 50"),
        ),
        (
            "CreateReceiptRule",
            {
                "RuleSetName": "s",
                "Rule": {"Name": "r", "Actions": [{}, {"SNSAction": {"Encoding": "Base32"}}, {"BounceAction": {}}]},
            },
            said(
                (" at 'rule.actions.2.member.sNSAction.encoding'", "satisfy enum value set: [Base64, UTF-8]"),
                (" null at 'rule.actions.2.member.sNSAction.topicArn'", "not be null"),
                (" null at 'rule.actions.3.member.bounceAction.smtpReplyCode'", "not be null"),
                (" null at 'rule.actions.3.member.bounceAction.sender'", "not be null"),
                (" null at 'rule.actions.3.member.bounceAction.message'", "not be null"),
            ),
        ),
        (
            "DescribeConfigurationSet",
            {"ConfigurationSetName": "c", "ConfigurationSetAttributeNames": ["eventDestinations", "colour"]},
            one(
                " '[eventDestinations, colour]' at 'configurationSetAttributeNames'",
                "Member must satisfy constraint: [Member must satisfy enum value set: "
                "[eventDestinations, trackingOptions, deliveryOptions, reputationOptions]]",
            ),
        ),
    ],
)
def test_v1_speaks_as_ses_does(name: str, arguments: dict[str, Any], text: str) -> None:
    assert judged("ses", name, arguments) == text


@pytest.mark.parametrize(
    "name,arguments,text",
    [
        (
            "CreateContactList",
            {
                "ContactListName": "l",
                "Topics": [{"TopicName": "t", "DisplayName": "d", "DefaultSubscriptionStatus": "MAYBE"}],
            },
            one(
                " at 'topics.1.member.defaultSubscriptionStatus'",
                "Member must satisfy enum value set: [OPT_OUT, OPT_IN]",
            ),
        ),
        (
            "CreateEmailIdentityPolicy",
            {"EmailIdentity": "a.b", "PolicyName": "p"},
            one(" at 'policy'", "Member must not be null"),
        ),
        (
            "PutSuppressedDestination",
            {"EmailAddress": "a@b.c", "Reason": "SPAM"},
            one(" at 'reason'", "Member must satisfy enum value set: [BOUNCE, COMPLAINT]"),
        ),
        (
            "PutAccountSuppressionAttributes",
            {"SuppressedReasons": ["BOUNCE", "SPAM"]},
            one(
                " at 'suppressedReasons'",
                "Member must satisfy constraint: [Member must satisfy enum value set: [BOUNCE, COMPLAINT]]",
            ),
        ),
        (
            "ListSuppressedDestinations",
            {"Reasons": ["SPAM"]},
            one(
                " at 'reasons'",
                "Member must satisfy constraint: [Member must satisfy enum value set: [BOUNCE, COMPLAINT]]",
            ),
        ),
        pytest.param(
            "PutConfigurationSetTrackingOptions",
            {"ConfigurationSetName": "c", "CustomRedirectDomain": "d", "HttpsPolicy": "NEVER"},
            one(" at 'httpsPolicy'", "Member must satisfy enum value set: [OPTIONAL, REQUIRE, REQUIRE_OPEN_ONLY]"),
            marks=pytest.mark.needs_model("PutConfigurationSetTrackingOptions.HttpsPolicy"),
        ),
        pytest.param(
            "PutConfigurationSetDeliveryOptions",
            {"ConfigurationSetName": "c", "MaxDeliverySeconds": 50401},
            one(" at 'maxDeliverySeconds'", "Member must have value less than or equal to 50400"),
            marks=pytest.mark.needs_model("PutConfigurationSetDeliveryOptions.MaxDeliverySeconds"),
        ),
        pytest.param(
            "PutConfigurationSetDeliveryOptions",
            {"ConfigurationSetName": "c", "MaxDeliverySeconds": 299, "TlsPolicy": "NEVER"},
            said(
                (" at 'tlsPolicy'", "satisfy enum value set: [OPTIONAL, REQUIRE]"),
                (" at 'maxDeliverySeconds'", "have value greater than or equal to 300"),
            ),
            marks=pytest.mark.needs_model("PutConfigurationSetDeliveryOptions.MaxDeliverySeconds"),
        ),
        (
            "PutAccountVdmAttributes",
            {"VdmAttributes": {"VdmEnabled": "ON"}},
            one(" at 'vdmAttributes.vdmEnabled'", "Member must satisfy enum value set: [ENABLED, DISABLED]"),
        ),
        (
            "TagResource",
            {"ResourceArn": "arn", "Tags": []},
            one(" at 'tags'", "Member must have length greater than or equal to 1"),
        ),
        (
            "PutAccountDetails",
            {"UseCaseDescription": "News."},  # older models require it
            said((" at 'mailType'", "not be null"), (" at 'websiteURL'", "not be null")),
        ),
        (
            "CreateEmailIdentity",
            {
                "EmailIdentity": "a.b",
                "DkimSigningAttributes": {
                    "DomainSigningSelector": "",
                    "DomainSigningPrivateKey": "",
                    "NextSigningKeyLength": "",
                },
            },
            said(
                (
                    " at 'dkimSigningAttributes.domainSigningSelector'",
                    r"satisfy regular expression pattern: ^(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]*[a-zA-Z0-9]))$",
                ),
                (" at 'dkimSigningAttributes.domainSigningSelector'", "have length greater than or equal to 1"),
                (
                    " at 'dkimSigningAttributes.nextSigningKeyLength'",
                    "satisfy enum value set: [RSA_1024_BIT, RSA_2048_BIT]",
                ),
                (
                    " at 'dkimSigningAttributes.domainSigningPrivateKey'",
                    r"satisfy regular expression pattern: ^[a-zA-Z0-9+\/]+={0,2}$",
                ),
                (" at 'dkimSigningAttributes.domainSigningPrivateKey'", "have length greater than or equal to 1"),
            ),
        ),
        (
            "ListRecommendations",
            {"Filter": {"COLOUR": ""}},
            one(
                " at 'filter'",
                "Map keys must satisfy constraint: [Member must satisfy enum value set: "
                "[TYPE, IMPACT, STATUS, RESOURCE_ARN]]",
            ),
        ),
        (
            "ListRecommendations",
            {"Filter": {"TYPE": ""}},
            one(
                " at 'filter'",
                "Map value must satisfy constraint: [Member must have length less than or equal to 512, "
                "Member must have length greater than or equal to 1]",
            ),
        ),
        (
            "ListRecommendations",
            {"Filter": {}},
            one(" at 'filter'", "Member must have length greater than or equal to 1"),
        ),
    ],
)
def test_v2_speaks_as_ses_does(name: str, arguments: dict[str, Any], text: str) -> None:
    assert judged("sesv2", name, arguments) == text


def test_several_failures_come_in_the_order_of_a_hash_table() -> None:
    shape = model.api("sesv2").operations["SendEmail"].input
    if shape is None or "ConfigurationOverrides" not in shape.members:
        pytest.skip("this botocore does not know ConfigurationOverrides")
    tracking = {"OpenTrackingEnabled": "", "ClickTrackingEnabled": "yes"}

    text = judged("sesv2", "SendEmail", {"Content": {}, "ConfigurationOverrides": {"Tracking": tracking}})

    assert text == said(
        (" at 'configurationOverrides.tracking.clickTrackingEnabled'", "satisfy enum value set: [ENABLED, DISABLED]"),
        (" at 'configurationOverrides.tracking.openTrackingEnabled'", "satisfy enum value set: [ENABLED, DISABLED]"),
    )


@pytest.mark.parametrize(
    "api,name,arguments",
    [
        (
            "ses",
            "SendEmail",
            {"Source": "a", "Destination": {}, "Message": MESSAGE, "Tags": [{"Name": "", "Value": "b c"}]},
        ),
        (
            "sesv2",
            "SendEmail",
            {
                "Content": {"Simple": {**MESSAGE, "Headers": [{"Name": "", "Value": "é"}]}},
                "EmailTags": [{"Name": "a b", "Value": ""}],
            },
        ),
        ("sesv2", "CreateContactList", {"ContactListName": "", "Description": "x" * 501, "Topics": []}),
        ("sesv2", "CreateDedicatedIpPool", {"PoolName": "p", "ScalingMode": "HUGE"}),
        (
            "sesv2",
            "PutConfigurationSetSuppressionOptions",
            {"ConfigurationSetName": "c", "SuppressedReasons": ["SPAM"]},
        ),
        (
            "ses",
            "SetIdentityHeadersInNotificationsEnabled",
            {"Identity": "a", "NotificationType": "Rumour", "Enabled": True},
        ),
    ],
)
def test_what_ses_says_in_words_of_its_own_is_not_judged_here(api: str, name: str, arguments: dict[str, Any]) -> None:
    assert judged(api, name, arguments) is None


def test_what_must_be_there_is_judged_even_if_its_value_is_not() -> None:
    tags = [{"Value": "v"}]

    assert judged("sesv2", "SendEmail", {"Content": {}, "EmailTags": tags}) == one(
        " at 'emailTags.1.member.name'", "Member must not be null"
    )


def test_lengths_are_counted_in_characters() -> None:
    details = {"MailType": "MARKETING", "WebsiteURL": "a.b"}

    assert judged("sesv2", "PutAccountDetails", {**details, "UseCaseDescription": "😀" * 5000}) is None
    assert judged("sesv2", "PutAccountDetails", {**details, "UseCaseDescription": "😀" * 5001}) == one(
        " at 'useCaseDescription'", "Member must have length less than or equal to 5000"
    )


@pytest.mark.needs_model("CreateMultiRegionEndpoint")
def test_a_pattern_must_match_the_whole_value_and_w_is_ascii() -> None:
    arguments: dict[str, Any] = {"Details": {"RoutesDetails": [{"Region": "eu-west-1"}]}}
    demand = r"Member must satisfy regular expression pattern: ^[\w\-_]+$"

    assert judged("sesv2", "CreateMultiRegionEndpoint", {**arguments, "EndpointName": "my-endpoint"}) is None
    for name in ("my endpoint", "café", "end\n"):
        text = judged("sesv2", "CreateMultiRegionEndpoint", {**arguments, "EndpointName": name})
        assert text == one(" at 'endpointName'", demand)


def test_patterns_that_python_does_not_know_are_left_alone() -> None:
    assert constraints._pattern(r"\p{Alpha}+") is None


def test_operations_without_demands_cost_nothing() -> None:
    assert constraints._judge_of(model.api("ses").operations["GetSendQuota"]) is None
    assert constraints._judge_of(model.api("sesv2").operations["GetAccount"]) is None
    assert judged("sesv2", "ListEmailTemplates", {"PageSize": -1}) is None


OPERATIONS = [
    pytest.param(api, name, id=f"{api}-{name}")
    for api in ("ses", "sesv2")
    for name in sorted(Loader().load_service_model(api, "service-2")["operations"])
]


@pytest.mark.parametrize("api,name", OPERATIONS)
def test_any_arguments_can_be_judged(
    api: str, name: str, peer: Callable[[str], Peer], invent: Callable[[str], Invention]
) -> None:
    shape = peer(api).model.operation_model(name).input_shape
    for number in range(4):
        arguments = invent(f"{name} {number}").value(shape) if shape else {}
        text = judged(api, name, arguments)
        assert text is None or text.count(" failed to satisfy constraint: ") == int(text.split()[0])
    required = shape.required_members if shape else []
    assert (judged(api, name, {}) is None) == (not required)


def known(api: str, shape: str) -> dict[str, Any]:
    shapes: dict[str, Any] = Loader().load_service_model(api, "service-2")["shapes"]
    found: dict[str, Any] = shapes.get(shape, {})
    return found


@pytest.mark.usefixtures("newest_model")
def test_the_tables_name_what_the_models_have() -> None:
    """A typing error in a table would be silent. Members that this botocore does not know yet are let pass."""
    newer = {
        ("sesv2", "ListConfigurationSetsRequest.Filter"),
        ("sesv2", "IdentityFilterKey"),
        ("sesv2", "ListTenantsFilterKey"),
        ("sesv2", "SuppressionListScope"),
    }
    unknown = []
    for api, place in {*constraints.SKIPPED, *constraints.ADDED}:
        shape, _, member = place.partition(".")
        if member not in known(api, shape).get("members", ()):
            unknown.append((api, place))
    for (api, shape), order in constraints.ENUM_ORDERS.items():
        if not set(order) <= set(known(api, shape).get("enum", ())):
            unknown.append((api, shape))
    unknown += [("ses", shape) for shape in constraints.UNSHOWN if not known("ses", shape)]

    assert set(unknown) <= newer
