"""Every error that the models name for an operation: raised through a client, and caught by its class.

An error comes about as its kind does everywhere (what is absent, what is there already, what is wrong), in a way of its
own, which is in ``WAYS``, or, for the reason in ``REASONS``, by a script only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from newest import IS_NEWEST
from pytest_sesfake.wire import model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Literal

    from pytest_sesfake import SesFake

    Invoke = Callable[..., Any]
    Smallest = Callable[[str, str], dict[str, Any]]


class Way(NamedTuple):
    """How an error comes about.

    ``before`` are operations that are called with the smallest arguments, ``state`` is what the fake is, knows or does
    after that, ``lowered`` a limit that is lowered to nothing, and ``given`` are arguments of the refused
    call beside the smallest ones.
    """

    before: tuple[str, ...]
    state: str
    lowered: str
    given: Mapping[str, Any]


def way(*before: str, state: str = "", lowered: str = "", **given: Any) -> Way:
    return Way(before, state, lowered, given)


# Ways that several operations share


def each(operations: str, **ways: Way) -> dict[str, dict[str, Way]]:
    return dict.fromkeys(operations.split(), ways)


ARN = "arn:aws:{}:us-east-1:123456789012:{}"
TOPIC, FUNCTION = ARN.format("sns", "thing"), ARN.format("lambda", "function:thing")


def rule(*actions: Any) -> Any:
    return {"Name": "thing", "Actions": list(actions)}


def destination(**of: Any) -> Any:
    return {"Name": "thing", "MatchingEventTypes": ["send"], **of}


def of_rules(*before: str) -> dict[str, Way]:
    """What a receipt rule is refused for."""
    return {
        "InvalidSnsTopic": way(*before, state="knows nothing", Rule=rule({"SNSAction": {"TopicArn": TOPIC}})),
        "InvalidS3Configuration": way(*before, state="knows nothing", Rule=rule({"S3Action": {"BucketName": "none"}})),
        "InvalidLambdaFunction": way(
            *before, state="knows nothing", Rule=rule({"LambdaAction": {"FunctionArn": FUNCTION}})
        ),
    }


def of_destinations(*before: str) -> dict[str, Way]:
    """What an event destination of v1 is refused for."""
    stream = {"IAMRoleARN": "arn:aws:iam::123456789012:role/thing", "DeliveryStreamARN": "nowhere"}
    nothing: Any = {"DimensionConfigurations": []}
    return {
        "InvalidCloudWatchDestination": way(*before, EventDestination=destination(CloudWatchDestination=nothing)),
        "InvalidFirehoseDestination": way(*before, EventDestination=destination(KinesisFirehoseDestination=stream)),
        "InvalidSNSDestination": way(*before, EventDestination=destination(SNSDestination={"TopicARN": "nowhere"})),
    }


OF_SENDS = {
    "MessageRejected": way(state="has a template, asks who sends"),
    "MailFromDomainNotVerifiedException": way(state="has a template, insists on MAIL FROM"),
    "ConfigurationSetDoesNotExist": way(state="has a template", ConfigurationSetName="none"),
    "ConfigurationSetSendingPausedException": way(state="has a template, pauses a set", ConfigurationSetName="paused"),
    "AccountSendingPausedException": way(state="has a template, is paused"),
}
OF_SENDS_V2 = {
    "MessageRejected": way(state="has a template, asks who sends"),
    "MailFromDomainNotVerifiedException": way(state="has a template, insists on MAIL FROM"),
    "NotFoundException": way(state="has a template", ConfigurationSetName="none"),
    "SendingPausedException": way(state="has a template, pauses a set", ConfigurationSetName="paused"),
}
ASK, ASSOCIATE = "CreateCustomVerificationEmailTemplate", "CreateTenantResourceAssociation"
STOP = {"StopAction": {"Scope": "RuleSet"}}
SET, RULES = "CreateConfigurationSet", "CreateReceiptRuleSet"
TEMPLATED: Any = {"Template": {"TemplateName": "none", "TemplateData": "{}"}}
HALF: Any = {"TemplateName": "thing", "SubjectPart": "Hello {{#if", "TextPart": "Text."}
WRONG_NAME = way(ConfigurationSetName="no name")
NO_PAGE = way(PageSize=0)
NO_TOKEN = way(NextToken="none")

WAYS: dict[str, dict[str, dict[str, Way]]] = {
    "ses": {
        "CloneReceiptRuleSet": {
            "AlreadyExists": way(RULES),
            "LimitExceeded": way(RULES, lowered="receipt_rules.MOST_SETS", RuleSetName="copy"),
        },
        SET: {
            "InvalidConfigurationSet": way(ConfigurationSet={"Name": "no name"}),
            "LimitExceeded": way(lowered="configuration_sets.MOST"),
        },
        "CreateConfigurationSetEventDestination": {
            **of_destinations(SET),
            "EventDestinationAlreadyExists": way(SET, "CreateConfigurationSetEventDestination"),
            "LimitExceeded": way(SET, lowered="event_destinations.MOST"),
        },
        "CreateConfigurationSetTrackingOptions": {
            "InvalidTrackingOptions": way(SET, state="asks who sends"),
            "TrackingOptionsAlreadyExistsException": way(SET, "CreateConfigurationSetTrackingOptions"),
        },
        ASK: {
            "CustomVerificationEmailInvalidContent": way(TemplateContent="<script></script>"),
            "FromEmailAddressNotVerified": way(state="asks who sends"),
            "LimitExceeded": way(lowered="custom_verification.MOST"),
        },
        "CreateReceiptFilter": {"LimitExceeded": way(lowered="receipt_filters.MOST")},
        "CreateReceiptRule": {
            **of_rules(RULES),
            "AlreadyExists": way(RULES, "CreateReceiptRule"),
            "RuleDoesNotExist": way(RULES, After="none"),
            "LimitExceeded": way(RULES, lowered="receipt_rules.MOST_RULES"),
        },
        RULES: {"LimitExceeded": way(lowered="receipt_rules.MOST_SETS")},
        "CreateTemplate": {"InvalidTemplate": way(Template=HALF), "LimitExceeded": way(lowered="templates.MOST")},
        "DeleteConfigurationSetEventDestination": {"EventDestinationDoesNotExist": way(SET)},
        "DeleteConfigurationSetTrackingOptions": {"TrackingOptionsDoesNotExistException": way(SET)},
        "DeleteReceiptRuleSet": {"CannotDelete": way(RULES, "SetActiveReceiptRuleSet")},
        "DescribeReceiptRule": {"RuleDoesNotExist": way(RULES)},
        "PutIdentityPolicy": {"InvalidPolicy": way(state="verifies", Policy="{}")},
        "ReorderReceiptRuleSet": {"RuleDoesNotExist": way(RULES)},
        "SendBounce": {"MessageRejected": way()},
        "SendBulkTemplatedEmail": OF_SENDS,
        "SendCustomVerificationEmail": {
            "ConfigurationSetDoesNotExist": way(ASK, ConfigurationSetName="none"),
            "FromEmailAddressNotVerified": way(ASK, state="asks who sends"),
            "ProductionAccessNotGranted": way(ASK, state="is in the sandbox"),
        },
        "SendEmail": OF_SENDS,
        "SendRawEmail": OF_SENDS,
        "SendTemplatedEmail": OF_SENDS,
        "SetReceiptRulePosition": {"RuleDoesNotExist": way(RULES)},
        "TestRenderTemplate": {
            "InvalidRenderingParameter": way("CreateTemplate", TemplateData="nothing"),
            "MissingRenderingAttribute": way(state="has a template"),
        },
        "UpdateConfigurationSetEventDestination": {
            **of_destinations(SET, "CreateConfigurationSetEventDestination"),
            "EventDestinationDoesNotExist": way(SET),
        },
        "UpdateConfigurationSetTrackingOptions": {
            "InvalidTrackingOptions": way(SET, state="asks who sends"),
            "TrackingOptionsDoesNotExistException": way(SET),
        },
        "UpdateCustomVerificationEmailTemplate": {
            "CustomVerificationEmailInvalidContent": way(ASK, TemplateContent="<script></script>"),
            "FromEmailAddressNotVerified": way(ASK, state="asks who sends"),
        },
        "UpdateReceiptRule": {
            **of_rules(RULES, "CreateReceiptRule"),
            "RuleDoesNotExist": way(RULES),
            "LimitExceeded": way(RULES, "CreateReceiptRule", lowered="receipt_rules.MOST_ACTIONS", Rule=rule(STOP)),
        },
        "UpdateTemplate": {"InvalidTemplate": way("CreateTemplate", Template=HALF)},
    },
    "sesv2": {
        **each(
            "CancelExportJob GetExportJob PutEmailIdentityDkimAttributes PutEmailIdentityFeedbackAttributes",
            BadRequestException=way(),
        ),
        **each("DeleteContact GetContact UpdateContact", BadRequestException=way(EmailAddress="nobody")),
        **each("DeleteDedicatedIpPool GetDedicatedIpPool", BadRequestException=way(PoolName="ses-shared-pool")),
        **each("DeleteMultiRegionEndpoint GetMultiRegionEndpoint", BadRequestException=way(EndpointName="no name")),
        **each("DeleteSuppressedDestination GetSuppressedDestination", BadRequestException=way(EmailAddress=" ")),
        "AssociateEmailIdentityCertificate": {
            "AlreadyExistsException": way("CreateEmailIdentity", "AssociateEmailIdentityCertificate"),
        },
        SET: {"LimitExceededException": way(lowered="configuration_sets.MOST")},
        "CreateConfigurationSetEventDestination": {
            "AlreadyExistsException": way(SET, "CreateConfigurationSetEventDestination"),
            "LimitExceededException": way(SET, lowered="event_destinations.MOST"),
        },
        "CreateContact": {"AlreadyExistsException": way("CreateContactList", "CreateContact")},
        ASK: {
            "NotFoundException": way(state="asks who sends"),
            "LimitExceededException": way(lowered="custom_verification.MOST"),
        },
        "CreateDedicatedIpPool": {
            "LimitExceededException": way(lowered="dedicated_ips.MOST_MANAGED", ScalingMode="MANAGED"),
        },
        "CreateDeliverabilityTestReport": {
            "SendingPausedException": way(state="watches, is paused"),
            "MessageRejected": way(state="watches, asks who sends"),
            "MailFromDomainNotVerifiedException": way(state="watches, insists on MAIL FROM"),
            "NotFoundException": way(state="watches", Content=TEMPLATED),
        },
        "CreateEmailIdentity": {
            "BadRequestException": way(EmailIdentity="nothing"),
            "NotFoundException": way(ConfigurationSetName="none"),
            "LimitExceededException": way(lowered="identities.MOST"),
        },
        "CreateEmailIdentityPolicy": {
            "AlreadyExistsException": way("CreateEmailIdentity", "CreateEmailIdentityPolicy"),
            "LimitExceededException": way("CreateEmailIdentity", lowered="policies.MOST"),
        },
        "CreateEmailTemplate": {"LimitExceededException": way(lowered="templates.MOST")},
        "CreateExportJob": {"LimitExceededException": way(state="manages", lowered="jobs.MOST_RUNNING")},
        "CreateTenant": {"LimitExceededException": way(lowered="tenants.MOST")},
        ASSOCIATE: {"AlreadyExistsException": way(SET, "CreateTenant", ASSOCIATE)},
        "DeleteEmailIdentity": {
            "BadRequestException": way("CreateEmailIdentity", "AssociateEmailIdentityCertificate"),
        },
        "GetDedicatedIps": {"BadRequestException": NO_PAGE, "NotFoundException": way(PoolName="none")},
        "GetImportJob": {"BadRequestException": way(state="is in the sandbox")},
        "GetReputationEntity": {"BadRequestException": way(ReputationEntityType="OTHER")},
        "ListRecommendations": {"BadRequestException": way(state="manages", PageSize=0)},
        "ListSuppressedDestinations": {
            "BadRequestException": NO_PAGE,
            "InvalidNextTokenException": NO_TOKEN,
            "NotFoundException": way(TenantName="none"),
        },
        **each(
            "ListConfigurationSets ListContactLists ListContacts ListDedicatedIpPools ListDeliverabilityTestReports "
            "ListEmailIdentities ListExportJobs ListImportJobs ListReputationEntities ListTenants",
            BadRequestException=NO_PAGE,
        ),
        **each(
            "ListCustomVerificationEmailTemplates ListEmailTemplates ListMultiRegionEndpoints",
            BadRequestException=NO_TOKEN,
        ),
        "PutAccountDeliveryAttributes": {"BadRequestException": way(SharedPoolDeliveryMode="NEARBY")},
        "PutAccountDetails": {"ConflictException": way(state="wants to leave the sandbox")},
        "PutAccountPricingAttributes": {"ConflictException": way(state="plans to pay", Plan="ENTERPRISE")},
        "PutAccountSuppressionAttributes": {"BadRequestException": way(SuppressedReasons=["OTHER"])},
        **each(
            "DeleteConfigurationSet DeleteConfigurationSetEventDestination GetConfigurationSet "
            "GetConfigurationSetEventDestinations PutConfigurationSetArchivingOptions "
            "PutConfigurationSetDeliveryOptions PutConfigurationSetReputationOptions PutConfigurationSetSendingOptions "
            "PutConfigurationSetSuppressionOptions PutConfigurationSetTrackingOptions PutConfigurationSetVdmOptions",
            BadRequestException=WRONG_NAME,
        ),
        "PutDeliverabilityDashboardOption": {
            "AlreadyExistsException": way(state="verifies", SubscribedDomains=[{"Domain": "thing.example"}] * 2),
            "NotFoundException": way(state="asks who sends", SubscribedDomains=[{"Domain": "thing.example"}]),
        },
        "PutEmailIdentityMailFromAttributes": {
            "BadRequestException": way("CreateEmailIdentity", MailFromDomain="elsewhere.example"),
        },
        "PutSuppressedDestination": {"NotFoundException": way(TenantName="none")},
        "SendBulkEmail": OF_SENDS_V2,
        "SendCustomVerificationEmail": {
            "SendingPausedException": way(ASK, state="is paused"),
        },
        "SendEmail": OF_SENDS_V2,
        "UpdateContactList": {"BadRequestException": way("CreateContactList", Description="x" * 501)},
    },
}  # fmt: skip

# Errors that this fake never raises, the reason, and the operations. Without operations, all with that error are meant.
REASONS = (
    ("ConcurrentModificationException", "calls are answered one after the other", ""),
    (
        "ConflictException",
        "calls are answered one after the other",
        "UpdateReputationEntityCustomerManagedStatus UpdateReputationEntityPolicy",
    ),
    ("TooManyRequestsException", "in a bulk call it is the entries that are throttled", "SendBulkEmail"),
    ("InternalServiceErrorException", "SES itself has no trouble here", ""),
    ("AccountSuspendedException", "AWS suspends accounts, and not for anything that a call does", ""),
    ("InvalidDeliveryOptions", "the validation of the model comes before it", ""),
    ("MessageRejected", "it is not known which verification mail SES rejects", "SendCustomVerificationEmail"),
    ("MailFromDomainNotVerifiedException", "SES sends this letter itself", "SendCustomVerificationEmail"),
    (
        "LimitExceededException",
        "how many of these SES allows is not known; the quota of sends is TooManyRequestsException",
        (
            "CreateDeliverabilityTestReport CreateImportJob CreateMultiRegionEndpoint "
            "GetDeliverabilityDashboardOptions PutDeliverabilityDashboardOption SendBulkEmail "
            "SendCustomVerificationEmail SendEmail"
        ),
    ),
    ("LimitExceededException", "SES says BadRequestException of a second list", "CreateContactList"),
    ("AlreadyExistsException", "SES says BadRequestException of a second list", "CreateContactList"),
    (
        "NotFoundException",
        "SES says BadRequestException of what is not there",
        (
            "CancelExportJob CreateConfigurationSet GetExportJob PutEmailIdentityDkimAttributes "
            "PutEmailIdentityFeedbackAttributes"
        ),
    ),
    ("NotFoundException", "the call names nothing", "CreateExportJob ListDeliverabilityTestReports"),
    (
        "BadRequestException",
        "nothing that can be said to it is wrong",
        (
            "GetAccount GetDeliverabilityDashboardOptions PutAccountDedicatedIpWarmupAttributes "
            "PutAccountSendingAttributes"
        ),
    ),
    (
        "BadRequestException",
        "a name that cannot be one is one that is not there, which is NotFoundException",
        (
            "DeleteContactList DeleteCustomVerificationEmailTemplate DeleteEmailIdentityPolicy DeleteEmailTemplate "
            "GetContactList GetCustomVerificationEmailTemplate GetDedicatedIp GetDeliverabilityTestReport "
            "GetDomainDeliverabilityCampaign GetEmailIdentity GetEmailIdentityPolicies GetEmailTemplate "
            "GetMessageInsights PutEmailIdentityConfigurationSetAttributes"
        ),
    ),
)

# How an error comes about where nothing else is said: what is asked for is absent, or what is made is there already.
ABSENT = {
    "ConfigurationSetDoesNotExist", "CustomVerificationEmailTemplateDoesNotExist", "NotFoundException",
    "RuleSetDoesNotExist", "TemplateDoesNotExist",
}  # fmt: skip
TAKEN = re.compile(r"(ConfigurationSet|CustomVerificationEmailTemplate)?AlreadyExists(Exception)?")
WRONG, THROTTLED = "BadRequestException", "TooManyRequestsException"

ERRORS = {
    (api, name, code): fault
    for api in ("ses", "sesv2")
    for name, operation in model.api(api).operations.items()
    for code, fault in operation.errors.items()
}


def reason(name: str, code: str) -> str | None:
    found = (why for known, why, names in REASONS if known == code and (not names or name in names.split()))
    return next(found, None)


def needed(api: str, name: str) -> list[str]:
    """The required arguments of an operation, without those that are part of the path."""
    asked = model.api(api).operations[name].input
    members = asked.members.values() if asked else ()
    return [member.name for member in members if member.required and member.location != "uri"]


def chosen_way(api: str, name: str, code: str) -> Way | None:
    own = WAYS[api].get(name, {}).get(code)
    if own is not None:
        return own
    if code == WRONG and needed(api, name):
        return Way((), "", "", {needed(api, name)[0]: None})
    if code == THROTTLED:
        return way(state="is busy")
    return way() if code in ABSENT else way(name) if TAKEN.fullmatch(code) else None


@pytest.mark.parametrize("api,name,code", ERRORS)
def test_a_client_catches_the_error(  # noqa: PLR0917 - fixtures
    api: Literal["ses", "sesv2"],
    name: str,
    code: str,
    sesfake: SesFake,
    invoke: Invoke,
    smallest: Smallest,
    states: dict[str, Callable[[SesFake], None]],
    loose: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fault = ERRORS[api, name, code]
    given, is_scripted = smallest(api, name), reason(name, code) is not None
    if is_scripted:
        script = sesfake.on(api=api, operation=name)
        script.throttle() if code == THROTTLED else script.fail(code)
    else:
        chosen = chosen_way(api, name, code)
        assert chosen is not None, "neither a way to it nor a reason why there is none"
        if not model.api(api).operations.keys() >= set(chosen.before):
            pytest.skip("this botocore does not know the calls that lead to it")
        for other in chosen.before:
            invoke(api, other, **smallest(api, other))
        for name_of_state in filter(None, chosen.state.split(", ")):
            states[name_of_state](sesfake)
        if chosen.lowered:
            monkeypatch.setattr(f"pytest_sesfake.ses.{chosen.lowered}", 0)
        given = {key: value for key, value in {**given, **chosen.given}.items() if value is not None}

    with pytest.raises(getattr(loose[api].exceptions, fault.shape.name)) as caught:
        invoke(api, name, **given)

    response = caught.value.response
    assert response["Error"]["Code"] == code
    assert response["ResponseMetadata"]["HTTPStatusCode"] == fault.status
    members = [member for member in fault.shape.members if member.lower() != "message"]
    assert is_scripted or all(response.get(member) for member in members)


@pytest.mark.skipif(not IS_NEWEST, reason="an older botocore does not know everything that is said here")
def test_nothing_is_said_of_errors_that_do_not_exist() -> None:
    said = {(api, name, code) for api, ways in WAYS.items() for name, own in ways.items() for code in own}
    pairs = {(name, code) for _, name, code in ERRORS}

    assert said <= ERRORS.keys()
    assert {(name, code) for code, _, names in REASONS for name in names.split()} <= pairs
    assert {code for code, _, _ in REASONS} <= {code for _, code in pairs}
    assert [pair for pair in said if reason(*pair[1:])] == []
