// Shows the description of this very server. The token that is pasted under "Authorize"
// stays in the page's memory, and no other host is asked for anything.
SwaggerUIBundle({
  url: "/schema/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
