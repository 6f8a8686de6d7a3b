SwaggerUIBundle({
  dom_id: "#docs",
  url: "/openapi.json",
  deepLinking: true,
  // The badge of the validator would send this page's address to another server.
  validatorUrl: null,
});
