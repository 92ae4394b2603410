"""A contacts list of SharePoint: Online through Microsoft Graph, on-premises through the REST interface."""
