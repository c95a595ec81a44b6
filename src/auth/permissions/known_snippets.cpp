#include "auth/permissions/snippets.hpp"

namespace flotilla::auth {

const SnippetRegistry& known_snippets() {
  static const SnippetRegistry kKnown = [] {
    SnippetRegistry out;
    out.add("pm", {"pm:*"});
    out.add("app", {"app:*"});
    out.add("pm.acl.roles",
            {"roles:*", "roles.snippets:*", "roles.users:*", "roles.resources:*", "roles.collections:*",
             "roles.menuUiSchemas:*", "roles.desktopRoutes:*", "roles.mobileRoutes:*",
             "roles.dataSourcesCollections:*", "roles.dataSourceResources:*", "availableActions:list",
             "rolesResourcesScopes:*", "dataSources.roles:*", "dataSources.rolesResourcesScopes:*",
             "dataSourcesRolesResourcesScopes:*"});
    out.add("pm.users", {"users:*", "users.roles:*"});
    out.add("pm.auth.authenticators", {"authenticators:*"});
    out.add("pm.security.token-policy", {"tokenControlConfig:*"});
    out.add("pm.api-keys.configuration", {"apiKeys:list", "apiKeys:create", "apiKeys:destroy"});
    out.add("pm.system-settings.system-settings", {"systemSettings:put", "systemSettings:update"});
    out.add("pm.environment-variables", {"environmentVariables:*"});
    out.add("pm.logger", {"logger:*"});
    out.add("pm.fleet", {"fleet:*"});
    out.add("pm.data-source-manager", {"dataSources:*", "dataSources.collections:*"});
    out.add("pm.data-source-manager.data-source-main",
            {"mainDataSource:*", "collections:*", "collections.fields:*", "fields:*",
             "collectionCategories:*", "dbViews:*"});
    out.add("pm.file-manager.storages", {"storages:*"});
    out.add("pm.theme-editor", {"themeConfig:*"});
    out.add("pm.workflow.workflows",
            {"workflows:*", "workflows.nodes:*", "executions:*", "flow_nodes:*", "workflowCategories:*"});
    out.add("ui.uiSchemas", {"uiSchemas:*", "uiSchemas.roles:list", "uiSchemas.roles:set",
                             "uiButtonSchemasRoles:*", "flowModels:*", "uiLayouts:*"});
    out.add("ui.desktopRoutes", {"desktopRoutes:*", "desktopRoutes.roles:*"});
    out.add("ui.mobileRoutes", {"mobileRoutes:*", "mobileRoutes.roles:*"});
    return out;
  }();
  return kKnown;
}

}  // namespace flotilla::auth
