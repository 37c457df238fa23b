//! Which methods get their arguments as JSON.

/// Methods that take JSON and have arguments that gain by it, objects and lists, by Slack's reference of 2026-08.
/// All methods take forms, and some nothing else: what is not listed gets one, with objects and lists as texts of JSON.
const JSON: &str = "\
    admin.apps.config.lookup admin.apps.config.set admin.apps.mcp.servers.permissions.set \
    admin.apps.permissions.add admin.apps.permissions.remove admin.apps.permissions.set \
    admin.audit.anomaly.allow.updateItem admin.auth.policy.assignEntities admin.auth.policy.removeEntities \
    admin.conversations.disconnectShared admin.conversations.invite admin.conversations.search \
    admin.conversations.setConversationPrefs admin.conversations.setTeams admin.functions.list \
    admin.functions.permissions.lookup admin.functions.permissions.set admin.roles.addAssignments \
    admin.roles.removeAssignments admin.usergroups.addChannels admin.usergroups.addTeams admin.usergroups.addUsers \
    admin.usergroups.removeChannels admin.usergroups.removeTeams admin.usergroups.removeUsers \
    admin.users.session.clearSettings admin.users.session.getSettings admin.users.session.resetBulk \
    admin.users.session.setSettings admin.workflows.collaborators.add admin.workflows.collaborators.remove \
    admin.workflows.permissions.lookup admin.workflows.search admin.workflows.triggers.types.permissions.lookup \
    admin.workflows.triggers.types.permissions.set admin.workflows.unpublish agents.conversations.setCommands \
    agents.conversations.setProperties agents.conversations.setView apps.datastore.bulkDelete \
    apps.datastore.bulkGet apps.datastore.bulkPut apps.datastore.count apps.datastore.put apps.datastore.query \
    apps.datastore.update apps.manifest.create apps.manifest.update assistant.search.context \
    assistant.threads.setStatus assistant.threads.setSuggestedPrompts blocks.validate calls.add \
    calls.participants.add calls.participants.remove canvases.access.delete canvases.access.set canvases.create \
    canvases.edit canvases.sections.lookup chat.appendStream chat.postEphemeral chat.postMessage \
    chat.scheduleMessage chat.startStream chat.stopStream chat.unfurl chat.update conversations.canvases.create \
    conversations.inviteShared conversations.requestSharedInvite.approve conversations.requestSharedInvite.list \
    dialog.open entity.acknowledgeCommentAction entity.presentComments entity.presentDetails \
    files.completeUploadExternal functions.completeSuccess functions.distributions.permissions.add \
    functions.distributions.permissions.remove functions.distributions.permissions.set reminders.add \
    usergroups.create usergroups.update usergroups.users.update users.profile.set views.open views.publish \
    views.push views.update workflows.featured.add workflows.featured.list workflows.featured.remove \
    workflows.featured.set workflows.triggers.permissions.add workflows.triggers.permissions.remove \
    workflows.triggers.permissions.set";

/// Whether `method` gets JSON.
pub(super) fn takes_json(method: &str) -> bool {
    JSON.split(' ').any(|name| name == method)
}
