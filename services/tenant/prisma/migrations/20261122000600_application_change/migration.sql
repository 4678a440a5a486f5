-- Everything about an application may change but its client id, tenant and type. Origins could before.
grant update (name, scopes, secret_hash, jwks) on application to cs_tenant;
