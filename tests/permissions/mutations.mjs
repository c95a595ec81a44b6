// Checks of the server that the model-based test must miss when they are gone. Each is a replacement in one file, which
// scripts/mutate.sh makes, builds and tests; mutations.test.mjs keeps the list true to the sources.

export const mutations = [
  {
    name: 'a filter may name any field', file: 'src/api/decide.cpp',
    find: '  check_filter(rights, target, params.filter);\n', replace: '',
  },
  {
    name: 'a field that is not granted is shown on demand', file: 'src/api/merge_grant.cpp',
    find: '    narrow(params.fields, fields);\n', replace: '    if (!params.fields) params.fields = fields;\n',
  },
  {
    name: 'a filter reaches records that are not in view', file: 'src/data/filter/join_path.cpp',
    find: '    if (!limit.empty()) on = sql::all_of({std::move(on), std::move(limit)});\n', replace: '',
  },
  {
    name: 'links change from whatever source record', file: 'src/api/decide.cpp',
    find: '  context.permit.source_rule = update.grant.filter;\n', replace: '',
  },
  {
    name: 'nested records change without being in the scope of update', file: 'src/api/write_check.cpp',
    find: 'if (update.allowed && co_await in_scope(target, *existing))', replace: 'if (update.allowed)',
  },
  {
    name: 'nested records are made without create', file: 'src/api/write_check.cpp',
    find: '      if (!create.allowed) co_return false;\n', replace: '',
  },
  {
    name: 'a record out of scope is destroyed by key without a word', file: 'src/api/actions/write_actions.cpp',
    find: '        if (request.keys) co_await check_all_in_scope(session, scope, target, through, request);\n', replace: '',
  },
  {
    name: 'what one role does not grant, its strategy does', file: 'src/auth/permissions/decision.cpp',
    find: '    if (action == resource->second.end()) return out;\n    out.allowed = true;\n    out.grant = action->second;\n    return out;\n',
    replace: '    if (action != resource->second.end()) {\n      out.allowed = true;\n      out.grant = action->second;\n      return out;\n    }\n',
  },
];
