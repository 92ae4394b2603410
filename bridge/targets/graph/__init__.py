"""Exchange Online and outlook.com, through Microsoft Graph."""
