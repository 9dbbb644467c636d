"""Okta's own Python SDK as a client of the simulated org: list, create, update, assign, delete.

Usage: exercise.py BASE_URL TOKEN. Ends with status 0 and the line "all steps passed".
"""

import asyncio
import os
import sys

# The one switch that lets the SDK talk to plain http.
os.environ["OKTA_TESTING_TESTINGDISABLEHTTPSCHECK"] = "true"

from okta.client import Client  # noqa: E402
from okta import models  # noqa: E402


def value(result):
    """The SDK answers (value, response, error); an error ends the exercise."""
    *values, error = result
    if error:
        raise SystemExit(f"the SDK reports: {error}")
    return values[0]


def code(result):
    error = result[-1]
    return (getattr(error, "error_code", None) or str(error)) if error else None


def bookmark(label, url):
    return models.BookmarkApplication(
        label=label,
        name="bookmark",
        sign_on_mode="BOOKMARK",
        settings=models.BookmarkApplicationSettings(
            app=models.BookmarkApplicationSettingsApplication(
                url=url, request_integration=False
            )
        ),
    )


async def people_and_groups(client):
    profile = models.UserProfile(
        first_name="Grace", last_name="Hopper", login="grace@example.com", email="grace@example.com"
    )
    user = value(
        await client.create_user(
            models.CreateUserRequest(
                profile=profile,
                credentials=models.UserCredentialsWritable(
                    password=models.PasswordCredential(value="Password150kta")
                ),
            )
        )
    )
    assert user.status == "ACTIVE", user.status
    found = value(await client.list_users(search='profile.login eq "GRACE@example.com"'))
    assert [u.id for u in found] == [user.id]
    group = value(
        await client.add_group(
            models.AddGroupRequest(
                profile=models.OktaUserGroupProfile(name="Compilers", description="A-0")
            )
        )
    )
    value(await client.assign_user_to_group(group.id, user.id))
    members = value(await client.list_group_users(group.id))
    assert [u.id for u in members] == [user.id]
    return user, group


async def apps(client, user, group):
    app = value(await client.create_application(bookmark("Navy", "https://navy.example.com")))
    assert app.status == "ACTIVE", app.status
    listed = value(await client.list_applications(filter='name eq "bookmark"', limit=1))
    assert [a.id for a in listed] == [app.id]
    changed = value(
        await client.replace_application(app.id, bookmark("Navy 2", "https://navy.example.com/2"))
    )
    assert changed.label == "Navy 2", changed.label

    row = value(
        await client.assign_user_to_application(
            app.id, models.AppUserAssignRequest(id=user.id, scope="USER")
        )
    )
    assert row.scope == "USER", row.scope
    value(
        await client.assign_group_to_application(
            app.id, group.id, models.ApplicationGroupAssignment(priority=0)
        )
    )
    assert len(value(await client.list_application_group_assignments(app.id))) == 1
    refused = await client.unassign_user_from_application(app.id, user.id)
    assert "E0000046" in str(code(refused)), refused
    value(await client.unassign_application_from_group(app.id, group.id))
    links = value(await client.list_app_links(user.id))
    assert [link.label for link in links] == ["Navy 2"]
    value(await client.unassign_user_from_application(app.id, user.id))
    assert value(await client.list_application_users(app.id)) == []
    return app


async def farewell(client, app, user, group):
    refused = await client.delete_application(app.id)
    assert "E0000056" in str(code(refused)), refused
    value(await client.deactivate_application(app.id))
    value(await client.delete_application(app.id))
    gone = await client.get_application(app.id)
    assert "E0000007" in str(code(gone)), gone
    value(await client.delete_group(group.id))
    value(await client.deactivate_user(user.id))
    value(await client.delete_user(user.id))


async def main(base_url, token):
    client = Client({"orgUrl": base_url, "token": token, "rateLimit": {"maxRetries": 0}})
    user, group = await people_and_groups(client)
    app = await apps(client, user, group)
    await farewell(client, app, user, group)
    print("all steps passed")


asyncio.run(main(sys.argv[1], sys.argv[2]))
