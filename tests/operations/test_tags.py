"""Resource tags: which resources have them, which tags SES takes, and how it reads an ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake.ses import tags

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import TagTypeDef

    from pytest_sesfake import SesFake

PREFIX = "arn:aws:ses:us-east-1:123456789012:"
NEWS = PREFIX + "configuration-set/news"
BLUE: TagTypeDef = {"Key": "team", "Value": "blue"}
CHARACTERS = "Tags can only contain letters, numbers, spaces, and the following special characters: _ . : / = + - @"
TOO_MANY = "Maximum of 50 user tags are allowed per resource, consider reducing the number of tags in the request"
SYSTEM = "Caller is an end user and not allowed to mutate system tags"
TOO_LONG = "Value at 'tags.{}.member.{}' failed to satisfy constraint: Member must have length less than or equal to {}"
NO_SES = "Provided resource identifier is not an SES resource"
NO_FORMAT = "ResourceArn is not the expected format"
NO_ACCOUNT = "Operations on a resource created in a different account is not allowed"


@pytest.fixture(autouse=True)
def _news(v2: SESV2Client) -> None:
    """A set that is there already."""
    v2.create_configuration_set(ConfigurationSetName="news")


def tag(key: str, value: str) -> TagTypeDef:
    return {"Key": key, "Value": value}


def tags_of(v2: SESV2Client, arn: str = NEWS) -> dict[str, str]:
    return {entry["Key"]: entry["Value"] for entry in v2.list_tags_for_resource(ResourceArn=arn)["Tags"]}


# What can have tags


def test_tags_are_added_replaced_and_taken_away(v2: SESV2Client) -> None:
    assert tags_of(v2) == {}

    v2.tag_resource(ResourceArn=NEWS, Tags=[BLUE, tag("a", "")])
    assert tags_of(v2) == {"team": "blue", "a": ""}
    v2.tag_resource(ResourceArn=NEWS, Tags=[tag("team", "red"), tag("b", "c")])
    assert tags_of(v2) == {"team": "red", "a": "", "b": "c"}
    v2.untag_resource(ResourceArn=NEWS, TagKeys=["a", "b", "never there"])
    assert tags_of(v2) == {"team": "red"}
    assert v2.get_configuration_set(ConfigurationSetName="news")["Tags"] == [tag("team", "red")]


def test_tags_of_a_call_that_makes_a_resource_are_there_and_go_with_it(v1: SESClient, v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="b", Tags=[BLUE])
    assert tags_of(v2, PREFIX + "configuration-set/b") == {"team": "blue"}

    v1.delete_configuration_set(ConfigurationSetName="b")
    v1.create_configuration_set(ConfigurationSet={"Name": "b"})

    assert tags_of(v2, PREFIX + "configuration-set/b") == {}


@pytest.mark.parametrize("name", ["example.com", "ada+news@example.com"])
def test_identities_have_tags(v1: SESClient, v2: SESV2Client, name: str) -> None:
    v2.create_email_identity(EmailIdentity=name, Tags=[BLUE])

    v2.tag_resource(ResourceArn=f"{PREFIX}identity/{name}", Tags=[tag("a", "b")])
    assert v2.get_email_identity(EmailIdentity=name)["Tags"] == [BLUE, tag("a", "b")]
    v1.delete_identity(Identity=name)
    with pytest.raises(v2.exceptions.NotFoundException):
        tags_of(v2, f"{PREFIX}identity/{name}")


def test_the_case_of_a_domain_does_not_count(v2: SESV2Client) -> None:
    v2.create_email_identity(EmailIdentity="Example.com")

    v2.tag_resource(ResourceArn=PREFIX + "identity/EXAMPLE.com", Tags=[BLUE])

    assert tags_of(v2, PREFIX + "identity/example.com") == {"team": "blue"}


def test_an_identity_that_v1_made_has_tags(v1: SESClient, v2: SESV2Client) -> None:
    v1.verify_domain_identity(Domain="example.com")

    v2.tag_resource(ResourceArn=PREFIX + "identity/example.com", Tags=[BLUE])

    assert tags_of(v2, PREFIX + "identity/example.com") == {"team": "blue"}


@pytest.fixture
def unknown_kind(monkeypatch: pytest.MonkeyPatch) -> str:
    """A kind of resource whose room has not said anything yet."""
    unknown = "dedicated-ip-pool"
    monkeypatch.setattr(tags, "TAGGABLE", {kind: find for kind, find in tags.TAGGABLE.items() if kind != unknown})
    return unknown


def test_a_room_says_once_which_resources_there_are(v2: SESV2Client, unknown_kind: str) -> None:
    arn = PREFIX + unknown_kind + "/fast"
    with pytest.raises(v2.exceptions.NotFoundException):
        v2.tag_resource(ResourceArn=arn, Tags=[BLUE])

    tags.taggable(
        unknown_kind, lambda region_state, name: region_state.arn(f"{unknown_kind}/fast") if name == "fast" else None
    )

    v2.tag_resource(ResourceArn=arn, Tags=[BLUE])
    assert tags_of(v2, arn) == {"team": "blue"}
    with pytest.raises(TypeError, match="two rooms say which resources of kind 'dedicated-ip-pool' there are"):
        tags.taggable(unknown_kind, lambda _, __: None)


def test_a_set_sends_from_pools_that_there_are(
    refused: Callable[..., object], v2: SESV2Client, unknown_kind: str
) -> None:
    v2.put_configuration_set_delivery_options(ConfigurationSetName="news", SendingPoolName="nobody knows")
    tags.taggable(unknown_kind, lambda _, name: "the ARN" if name == "fast" else None)

    for pool in ("fast", "ses-shared-pool", "ses-default-dedicated-pool"):
        v2.put_configuration_set_delivery_options(ConfigurationSetName="news", SendingPoolName=pool)
    assert refused(
        lambda: v2.put_configuration_set_delivery_options(ConfigurationSetName="news", SendingPoolName="slow"),
        v2.exceptions.BadRequestException,
    ) == ("BadRequestException", 400, "SendingPool <slow> doesn't exist")


# Which tags SES takes


@pytest.mark.parametrize(
    "given, text",
    [
        ([tag(f"k{number}", "v") for number in range(51)], TOO_MANY),
        ([tag("dup", "v") for _ in range(51)], TOO_MANY),
        ([tag("k", "bad!")], CHARACTERS),
        ([tag("bad!", "v")], CHARACTERS),
        ([tag("k" * 129, "bad!")], CHARACTERS),
        ([tag("aws:k", "bad!")], CHARACTERS),
        ([tag("aws:k", "v")], SYSTEM),
        ([tag("AWS:k", "v")], SYSTEM),
        ([tag("k" * 129, "v")], "1 validation error detected: " + TOO_LONG.format(1, "key", 128)),
        (
            [tag("k", "v"), tag("k" * 129, "v" * 257)],
            f"2 validation errors detected: {TOO_LONG.format(2, 'value', 256)}; {TOO_LONG.format(2, 'key', 128)}",
        ),
        ([tag("", "v")], None),
        ([tag("k", "1"), tag("k", "2")], "Cannot provide multiple tags with the same key"),
    ],
)
def test_ses_refuses_tags(
    refused: Callable[..., object], v2: SESV2Client, given: list[TagTypeDef], text: str | None
) -> None:
    no = ("BadRequestException", 400, text)
    error = v2.exceptions.BadRequestException
    assert refused(lambda: v2.tag_resource(ResourceArn=NEWS, Tags=given), error) == no
    assert refused(lambda: v2.create_configuration_set(ConfigurationSetName="b", Tags=given), error) == no
    assert v2.list_configuration_sets()["ConfigurationSets"] == ["news"]
    assert tags_of(v2) == {}


@pytest.mark.parametrize(
    "key, value",
    [
        ("k" * 128, "v" * 256),
        ("a\u00a0b", "c d"),
        ("äß9", "_ . : / = + - @"),
        ("awsome", "aws:k"),
        ("\U0001d400" * 128, ""),
    ],
)
def test_a_tag_may_have_letters_numbers_and_spaces_of_every_script(v2: SESV2Client, key: str, value: str) -> None:
    v2.tag_resource(ResourceArn=NEWS, Tags=[tag(key, value)])

    assert tags_of(v2) == {key: value}


def test_a_resource_has_room_for_50_tags(refused: Callable[..., object], v2: SESV2Client) -> None:
    v2.tag_resource(ResourceArn=NEWS, Tags=[tag(f"k{number}", "v") for number in range(50)])
    v2.tag_resource(ResourceArn=NEWS, Tags=[tag("k0", "w")])

    assert refused(lambda: v2.tag_resource(ResourceArn=NEWS, Tags=[BLUE]), v2.exceptions.BadRequestException) == (
        "BadRequestException",
        400,
        f"{TOO_MANY} or delete existing tags and retry",
    )
    assert len(tags_of(v2)) == 50


# How SES reads an ARN


def of_every_operation(v2: SESV2Client, arn: str) -> list[Callable[[], object]]:
    return [
        lambda: v2.list_tags_for_resource(ResourceArn=arn),
        lambda: v2.tag_resource(ResourceArn=arn, Tags=[BLUE]),
        lambda: v2.untag_resource(ResourceArn=arn, TagKeys=["team"]),
    ]


@pytest.mark.parametrize(
    "resource, text",
    [
        ("identity/example.com", "No EmailIdentity present with name: example.com"),
        ('identity/"a:b c"@example.com', 'No EmailIdentity present with name: "a:b c"@example.com'),
        ("identity/a_b.example.com", "No EmailIdentity present with name: a_b.example.com"),
        ("configuration-set/none", "No ConfigurationSet present with name: none"),
        ("template/-none", "No Template present with name: -none"),
        ("contact-list/none", "No ContactList present with name: none"),
        ("dedicated-ip-pool/none", "No DedicatedIpPool present with name: none"),
        (
            "custom-verification-email-template/none",
            "No CustomVerificationEmailTemplate present with name: none",
        ),
        ("tenant/none/tn-1", "No Tenant present with name: nonewith tenantId: tn-1"),
        ("tenant/tn-1", "No Tenant present with name: nullwith tenantId: tn-1"),
    ],
)
def test_a_resource_is_missing(refused: Callable[..., object], v2: SESV2Client, resource: str, text: str) -> None:
    for call in of_every_operation(v2, PREFIX + resource):
        assert refused(call, v2.exceptions.NotFoundException) == ("NotFoundException", 404, text)


@pytest.mark.parametrize(
    "arn",
    [
        "news",
        "arn:aws:ses:us-east-1:123456789012",
        "arn::ses:us-east-1:123456789012:configuration-set/news",
        "arn:aws::us-east-1:123456789012:configuration-set/news",
        "arn:aws:ses:us-east-1::configuration-set/news",
        PREFIX + "configuration-set",
        PREFIX + "configuration-set/",
        PREFIX + "configuration-set/ ",
        PREFIX + "configuration-set/news/more",
        PREFIX + "configuration-set:news",
        PREFIX + "tenant/a/b/c",
        PREFIX + "foo/bar",
        "arn:aws:ses:us-east-1:111111111111:configuration-set/bad:name",
    ],
)
def test_an_arn_has_its_format(refused: Callable[..., object], v2: SESV2Client, arn: str) -> None:
    for call in of_every_operation(v2, arn):
        assert refused(call, v2.exceptions.BadRequestException) == ("BadRequestException", 400, NO_FORMAT)


@pytest.mark.parametrize(
    "arn",
    [
        PREFIX + "identity/example.com/",
        PREFIX + "identity/example.com:more",
        PREFIX + "identity/bad name",
        PREFIX + "identity/_name",
        PREFIX + "identity/a..b",
        PREFIX + "identity/example.123",
        PREFIX + "identity/" + "a" * 64,
        "arn:aws:ses:us-east-1::identity/example.com",
        "arn:aws:ses:us-east-1:12345:identity/example.com",
    ],
)
def test_an_identity_in_an_arn_has_rules_of_its_own(refused: Callable[..., object], v2: SESV2Client, arn: str) -> None:
    for call in of_every_operation(v2, arn):
        assert refused(call) == ("BadRequestException", 400, NO_SES)


@pytest.mark.parametrize("account", ["111111111111", "12345"])
def test_the_account_comes_before_the_name_and_the_region(
    refused: Callable[..., object], v2: SESV2Client, account: str
) -> None:
    for call in of_every_operation(v2, f"arn:aws:ses:eu-west-1:{account}:configuration-set/bad name"):
        assert refused(call) == ("BadRequestException", 400, NO_ACCOUNT)


@pytest.mark.parametrize("name", ["bad name", "a.b", "bäd", "n" * 65])
def test_a_wrong_name_of_a_set_gets_no_text(refused: Callable[..., object], v2: SESV2Client, name: str) -> None:
    for call in of_every_operation(v2, PREFIX + "configuration-set/" + name):
        assert refused(call) == ("ValidationException", 400, None)


def test_a_wrong_name_of_a_template_gets_a_long_one(refused: Callable[..., object], v2: SESV2Client) -> None:
    text = (
        "Template name can contain alphanumeric characters, underscores(_) and hyphens(-). "
        "It can contain up to 128 characters and it should start with an alphanumeric character."
    )
    for call in of_every_operation(v2, PREFIX + "template/bad name"):
        assert refused(call) == ("BadRequestException", 400, text)


def test_partition_and_service_do_not_count(v2: SESV2Client) -> None:
    v2.tag_resource(ResourceArn=NEWS.replace(":ses:", ":s3:"), Tags=[BLUE])

    for alias in (NEWS, NEWS.replace("arn:aws:", "arn:aws-cn:"), NEWS.replace(":ses:", ":s3:")):
        assert tags_of(v2, alias) == {"team": "blue"}


@pytest.mark.parametrize("region", ["eu-west-1", ""])
def test_an_arn_of_another_region_has_no_tags_and_gets_none(
    refused: Callable[..., object], v2: SESV2Client, region: str
) -> None:
    v2.tag_resource(ResourceArn=NEWS, Tags=[BLUE])
    elsewhere = NEWS.replace("us-east-1", region)

    assert tags_of(v2, elsewhere) == {}
    assert refused(lambda: v2.tag_resource(ResourceArn=elsewhere, Tags=[BLUE])) == (
        "BadRequestException",
        400,
        "Failed to tag resource",
    )
    assert refused(lambda: v2.untag_resource(ResourceArn=elsewhere, TagKeys=["team"])) == (
        "BadRequestException",
        400,
        "Failed to untag resource",
    )
    assert tags_of(v2) == {"team": "blue"}


def test_what_is_missing_comes_before_the_region(refused: Callable[..., object], v2: SESV2Client) -> None:
    for call in of_every_operation(v2, "arn:aws:ses:eu-west-1:123456789012:configuration-set/none"):
        assert refused(call) == ("NotFoundException", 404, "No ConfigurationSet present with name: none")


def test_regions_have_tags_of_their_own(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.configuration_set("both", tags={"team": "blue"})
    elsewhere: Any = sesfake.client("sesv2", "eu-west-1")

    v2.untag_resource(ResourceArn=PREFIX + "configuration-set/both", TagKeys=["team"])

    assert tags_of(elsewhere, "arn:aws:ses:eu-west-1:123456789012:configuration-set/both") == {"team": "blue"}
