"""The first schema: every table of Contact Bridge 0.1.

Written by alembic's autogenerate from ``schema.metadata`` and never changed after a release: a later schema is a
later revision. Triggers are not here: ``migrate`` makes them anew after every upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    op.create_table('blob',
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_blob'))
    )
    op.create_table('book',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('number', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('oldest_number', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('next_customer_number', sa.Integer(), server_default=sa.text('10001'), nullable=False),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_book')),
    sa.UniqueConstraint('name', name=op.f('uq_book_name')),
    sqlite_autoincrement=True
    )
    op.create_table('conflict',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('at', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('device_id', sa.Integer(), nullable=True),
    sa.Column('run_id', sa.Integer(), nullable=True),
    sa.Column('fields', sa.Text(), nullable=True),
    sa.Column('ours', sa.Text(), nullable=True),
    sa.Column('theirs', sa.Text(), nullable=True),
    sa.Column('resolved_at', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conflict'))
    )
    op.create_index(op.f('ix_conflict_contact_id'), 'conflict', ['contact_id'], unique=False)
    op.create_table('installation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_installation'))
    )
    op.create_table('setting',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_setting'))
    )
    op.create_table('tombstone',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('device_id', sa.Integer(), nullable=True),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('from_number', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('href', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tombstone'))
    )
    op.create_index('ix_tombstone_user_id_book_id_number', 'tombstone', ['user_id', 'book_id', 'number'], unique=False)
    op.create_table('touched',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_touched'))
    )
    op.create_index(op.f('ix_touched_contact_id'), 'touched', ['contact_id'], unique=False)
    op.create_table('trash',
    sa.Column('contact_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('audience', sa.Integer(), nullable=False),
    sa.Column('href', sa.Text(), nullable=False),
    sa.Column('uid', sa.Text(), nullable=False),
    sa.Column('vcard_version', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('since_number', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('deleted_at', sa.Text(), nullable=True),
    sa.Column('record', sa.Text(), nullable=True),
    sa.Column('columns', sa.Text(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('contact_id', name=op.f('pk_trash'))
    )
    op.create_index('ix_trash_book_id_number', 'trash', ['book_id', 'number'], unique=False)
    op.create_index('ix_trash_book_id_uid', 'trash', ['book_id', 'uid'], unique=False)
    op.create_table('version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('audience', sa.Integer(), nullable=False),
    sa.Column('href', sa.Text(), nullable=False),
    sa.Column('vcard_version', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('from_number', sa.Integer(), nullable=False),
    sa.Column('until_number', sa.Integer(), nullable=True),
    sa.Column('record', sa.Text(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_version'))
    )
    op.create_index('ix_version_contact_id_from_number', 'version', ['contact_id', 'from_number'], unique=False)
    op.create_table('change',
    sa.Column('book_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('device_id', sa.Integer(), nullable=True),
    sa.Column('run_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['book_id'], ['book.id'], name=op.f('fk_change_book_id_book')),
    sa.PrimaryKeyConstraint('book_id', 'number', name=op.f('pk_change')),
    sqlite_with_rowid=False
    )
    op.create_table('record_type',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('base', sa.Text(), server_default='contact', nullable=False),
    sa.ForeignKeyConstraint(['book_id'], ['book.id'], name=op.f('fk_record_type_book_id_book'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_record_type')),
    sa.UniqueConstraint('book_id', 'name', name=op.f('uq_record_type_book_id_name'))
    )
    op.create_table('user',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('role', sa.Text(), server_default='coworker', nullable=False),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['book_id'], ['book.id'], name=op.f('fk_user_book_id_book')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user')),
    sa.UniqueConstraint('name', name=op.f('uq_user_name')),
    sqlite_autoincrement=True
    )
    op.create_table('alias',
    sa.Column('user_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('contact_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('href', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_alias_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'contact_id', name=op.f('pk_alias')),
    sa.UniqueConstraint('book_id', 'href', 'user_id', name=op.f('uq_alias_book_id_href_user_id'))
    )
    op.create_table('contact',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('book_id', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('record_type_id', sa.Integer(), nullable=True),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('customer_number', sa.Text(), nullable=True),
    sa.Column('formatted_name', sa.Text(), nullable=True),
    sa.Column('prefix', sa.Text(), nullable=True),
    sa.Column('given_name', sa.Text(), nullable=True),
    sa.Column('middle_name', sa.Text(), nullable=True),
    sa.Column('family_name', sa.Text(), nullable=True),
    sa.Column('suffix', sa.Text(), nullable=True),
    sa.Column('nickname', sa.Text(), nullable=True),
    sa.Column('phonetic_given_name', sa.Text(), nullable=True),
    sa.Column('phonetic_family_name', sa.Text(), nullable=True),
    sa.Column('phonetic_company', sa.Text(), nullable=True),
    sa.Column('maiden_name', sa.Text(), nullable=True),
    sa.Column('file_as', sa.Text(), nullable=True),
    sa.Column('company', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('office', sa.Text(), nullable=True),
    sa.Column('job_title', sa.Text(), nullable=True),
    sa.Column('profession', sa.Text(), nullable=True),
    sa.Column('assistant', sa.Text(), nullable=True),
    sa.Column('manager', sa.Text(), nullable=True),
    sa.Column('spouse', sa.Text(), nullable=True),
    sa.Column('children', sa.Text(), nullable=True),
    sa.Column('birthday', sa.Text(), nullable=True),
    sa.Column('anniversary', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('photo', sa.Text(), nullable=True),
    sa.Column('is_company', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('created_at', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['contact.id'], name=op.f('fk_contact_account_id_contact'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['book_id'], ['book.id'], name=op.f('fk_contact_book_id_book')),
    sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_contact_owner_id_user')),
    sa.ForeignKeyConstraint(['record_type_id'], ['record_type.id'], name=op.f('fk_contact_record_type_id_record_type')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact')),
    sa.UniqueConstraint('book_id', 'customer_number', name=op.f('uq_contact_book_id_customer_number')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_contact_account_id'), 'contact', ['account_id'], unique=False)
    op.create_index(op.f('ix_contact_book_id'), 'contact', ['book_id'], unique=False)
    op.create_index(op.f('ix_contact_record_type_id'), 'contact', ['record_type_id'], unique=False)
    op.create_table('device',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('secret_sha256', sa.Text(), nullable=False),
    sa.Column('writes_v4', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('created_at', sa.Text(), nullable=False),
    sa.Column('last_used_at', sa.Text(), nullable=True),
    sa.Column('revoked_at', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_device_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_device')),
    sa.UniqueConstraint('secret_sha256', name=op.f('uq_device_secret_sha256')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_device_user_id'), 'device', ['user_id'], unique=False)
    op.create_table('group_card',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('href', sa.Text(), nullable=False),
    sa.Column('uid', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('vcard_version', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('since_number', sa.Integer(), nullable=False),
    sa.Column('deleted', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('modified_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['book_id'], ['book.id'], name=op.f('fk_group_card_book_id_book')),
    sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_group_card_owner_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_group_card')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_group_card_href', 'group_card', ['book_id', 'href'], unique=False)
    op.create_index('ix_group_card_listing', 'group_card', ['book_id', 'owner_id', 'number'], unique=False)
    op.create_table('hidden',
    sa.Column('user_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('contact_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_hidden_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'contact_id', name=op.f('pk_hidden')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_hidden_contact_id'), 'hidden', ['contact_id'], unique=False)
    op.create_table('mirror',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('target', sa.Text(), nullable=False),
    sa.Column('folder', sa.Text(), nullable=True),
    sa.Column('settings', sa.Text(), nullable=True),
    sa.Column('secrets', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), server_default='stopped', nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('cursor', sa.Text(), nullable=True),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('view', sa.Text(), nullable=True),
    sa.Column('leased_by', sa.Text(), nullable=True),
    sa.Column('leased_until', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['book_id'], ['book.id'], name=op.f('fk_mirror_book_id_book'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_mirror_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mirror')),
    sa.UniqueConstraint('user_id', name=op.f('uq_mirror_user_id')),
    sqlite_autoincrement=True
    )
    op.create_table('record_field',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('record_type_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), server_default='text', nullable=False),
    sa.Column('choices', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['record_type_id'], ['record_type.id'], name=op.f('fk_record_field_record_type_id_record_type'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_record_field')),
    sa.UniqueConstraint('record_type_id', 'name', name=op.f('uq_record_field_record_type_id_name'))
    )
    op.create_table('property',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('resource', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['book_id'], ['book.id'], name=op.f('fk_property_book_id_book'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_property_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'book_id', 'resource', 'name', name=op.f('pk_property'))
    )
    op.create_table('view',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('filter', sa.Text(), nullable=True),
    sa.Column('new_contacts', sa.Text(), server_default='inbox', nullable=False),
    sa.Column('read_only', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('show_accounts', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.ForeignKeyConstraint(['book_id'], ['book.id'], name=op.f('fk_view_book_id_book'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_view_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'book_id', name=op.f('pk_view'))
    )
    op.create_table('address',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), server_default=sa.text('1000'), nullable=False),
    sa.Column('po_box', sa.Text(), nullable=True),
    sa.Column('extended', sa.Text(), nullable=True),
    sa.Column('street', sa.Text(), nullable=True),
    sa.Column('city', sa.Text(), nullable=True),
    sa.Column('region', sa.Text(), nullable=True),
    sa.Column('postal_code', sa.Text(), nullable=True),
    sa.Column('country', sa.Text(), nullable=True),
    sa.Column('country_code', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('preferred', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_address_contact_id_contact'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_address'))
    )
    op.create_index(op.f('ix_address_contact_id'), 'address', ['contact_id'], unique=False)
    op.create_table('card',
    sa.Column('contact_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('audience', sa.Integer(), nullable=False),
    sa.Column('href', sa.Text(), nullable=False),
    sa.Column('uid', sa.Text(), nullable=False),
    sa.Column('vcard_version', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('since_number', sa.Integer(), nullable=False),
    sa.Column('modified_at', sa.Text(), nullable=False),
    sa.Column('record', sa.Text(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_card_contact_id_contact'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('contact_id', name=op.f('pk_card')),
    sa.UniqueConstraint('book_id', 'href', name=op.f('uq_card_book_id_href'))
    )
    op.create_index('ix_card_listing', 'card', ['book_id', 'number', 'audience', 'href', 'contact_id', 'revision', 'vcard_version'], unique=False)
    op.create_index('ix_card_uid', 'card', ['book_id', 'uid'], unique=False)
    op.create_table('category',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), server_default=sa.text('1000'), nullable=False),
    sa.Column('name', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_category_contact_id_contact'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_category'))
    )
    op.create_index(op.f('ix_category_contact_id'), 'category', ['contact_id'], unique=False)
    op.create_table('custom_value',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('field_id', sa.Integer(), nullable=False),
    sa.Column('value', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_custom_value_contact_id_contact'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['field_id'], ['record_field.id'], name=op.f('fk_custom_value_field_id_record_field'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_custom_value')),
    sa.UniqueConstraint('contact_id', 'field_id', name=op.f('uq_custom_value_contact_id_field_id'))
    )
    op.create_index(op.f('ix_custom_value_contact_id'), 'custom_value', ['contact_id'], unique=False)
    op.create_table('device_sync',
    sa.Column('device_id', sa.Integer(), nullable=False),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['book_id'], ['book.id'], name=op.f('fk_device_sync_book_id_book'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_device_sync_device_id_device'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('device_id', 'book_id', name=op.f('pk_device_sync'))
    )
    op.create_table('device_card',
    sa.Column('device_id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_device_card_device_id_device'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('device_id', 'contact_id', name=op.f('pk_device_card'))
    )
    op.create_table('email',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), server_default=sa.text('1000'), nullable=False),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('preferred', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_email_contact_id_contact'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_email'))
    )
    op.create_index(op.f('ix_email_contact_id'), 'email', ['contact_id'], unique=False)
    op.create_table('important_date',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), server_default=sa.text('1000'), nullable=False),
    sa.Column('value', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_important_date_contact_id_contact'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_important_date'))
    )
    op.create_index(op.f('ix_important_date_contact_id'), 'important_date', ['contact_id'], unique=False)
    op.create_table('failure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mirror_id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('item_id', sa.Text(), server_default='', nullable=False),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('error', sa.Text(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('at', sa.Text(), nullable=False),
    sa.Column('retry_at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['mirror_id'], ['mirror.id'], name=op.f('fk_failure_mirror_id_mirror'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_failure')),
    sa.UniqueConstraint('mirror_id', 'contact_id', 'item_id', name=op.f('uq_failure_mirror_id_contact_id_item_id'))
    )
    op.create_table('journal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mirror_id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('operation', sa.Text(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('item_id', sa.Text(), nullable=True),
    sa.Column('version', sa.Text(), nullable=True),
    sa.Column('stamp', sa.Text(), nullable=True),
    sa.Column('sent', sa.Text(), nullable=True),
    sa.Column('at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['mirror_id'], ['mirror.id'], name=op.f('fk_journal_mirror_id_mirror'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_journal'))
    )
    op.create_index(op.f('ix_journal_contact_id'), 'journal', ['contact_id'], unique=False)
    op.create_index(op.f('ix_journal_mirror_id'), 'journal', ['mirror_id'], unique=False)
    op.create_table('link',
    sa.Column('mirror_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('contact_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('item_id', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('origin', sa.Text(), nullable=False),
    sa.Column('ours', sa.Text(), nullable=True),
    sa.Column('theirs', sa.Text(), nullable=True),
    sa.Column('photo_ours', sa.Text(), nullable=True),
    sa.Column('photo_theirs', sa.Text(), nullable=True),
    sa.Column('kept', sa.Text(), nullable=True),
    sa.Column('before', sa.Text(), nullable=True),
    sa.Column('flagged', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('rest', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['mirror_id'], ['mirror.id'], name=op.f('fk_link_mirror_id_mirror'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('mirror_id', 'contact_id', name=op.f('pk_link')),
    sa.UniqueConstraint('mirror_id', 'item_id', name=op.f('uq_link_mirror_id_item_id'))
    )
    op.create_index(op.f('ix_link_contact_id'), 'link', ['contact_id'], unique=False)
    op.create_table('messenger',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), server_default=sa.text('1000'), nullable=False),
    sa.Column('handle', sa.Text(), nullable=True),
    sa.Column('service', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_messenger_contact_id_contact'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_messenger'))
    )
    op.create_index(op.f('ix_messenger_contact_id'), 'messenger', ['contact_id'], unique=False)
    op.create_table('number_alias',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('customer_number', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_number_alias_contact_id_contact'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_number_alias'))
    )
    op.create_index(op.f('ix_number_alias_contact_id'), 'number_alias', ['contact_id'], unique=False)
    op.create_table('phone',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), server_default=sa.text('1000'), nullable=False),
    sa.Column('number', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('preferred', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_phone_contact_id_contact'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_phone'))
    )
    op.create_index(op.f('ix_phone_contact_id'), 'phone', ['contact_id'], unique=False)
    op.create_table('run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('mirror_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('started_at', sa.Text(), nullable=False),
    sa.Column('ended_at', sa.Text(), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('counts', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['mirror_id'], ['mirror.id'], name=op.f('fk_run_mirror_id_mirror'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_run_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_run')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_run_user_id'), 'run', ['user_id'], unique=False)
    op.create_table('run_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.Column('former', sa.Text(), nullable=True),
    sa.Column('became', sa.Text(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_run_entry_run_id_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_run_entry'))
    )
    op.create_index(op.f('ix_run_entry_contact_id'), 'run_entry', ['contact_id'], unique=False)
    op.create_index(op.f('ix_run_entry_run_id'), 'run_entry', ['run_id'], unique=False)
    op.create_table('imported',
    sa.Column('contact_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('from_book_id', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('at', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['from_book_id'], ['book.id'], name=op.f('fk_imported_from_book_id_book'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('contact_id', name=op.f('pk_imported'))
    )
    op.create_table('leftover',
    sa.Column('mirror_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('contact_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('item_id', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('origin', sa.Text(), nullable=False),
    sa.Column('ours', sa.Text(), nullable=True),
    sa.Column('theirs', sa.Text(), nullable=True),
    sa.Column('photo_ours', sa.Text(), nullable=True),
    sa.Column('photo_theirs', sa.Text(), nullable=True),
    sa.Column('kept', sa.Text(), nullable=True),
    sa.Column('before', sa.Text(), nullable=True),
    sa.Column('flagged', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('rest', sa.Text(), nullable=True),
    sa.Column('book_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['book_id'], ['book.id'], name=op.f('fk_leftover_book_id_book'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['mirror_id'], ['mirror.id'], name=op.f('fk_leftover_mirror_id_mirror'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('mirror_id', 'contact_id', name=op.f('pk_leftover'))
    )
    op.create_index(op.f('ix_leftover_contact_id'), 'leftover', ['contact_id'], unique=False)
    op.create_table('url',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), server_default=sa.text('1000'), nullable=False),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_url_contact_id_contact'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_url'))
    )
    op.create_index(op.f('ix_url_contact_id'), 'url', ['contact_id'], unique=False)
    op.create_table('search',
    sa.Column('contact_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('fn', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['card.contact_id'], name=op.f('fk_search_contact_id_card'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('contact_id', name=op.f('pk_search'))
    )
    if op.get_bind().dialect.name == 'sqlite':
        op.create_index('ix_search_email', 'search', ['email', 'contact_id'], unique=False)
        op.create_index('ix_search_fn', 'search', ['fn', 'contact_id'], unique=False)


def downgrade() -> None:
    """Refuse: what later schemas keep has no place in earlier ones."""
    raise NotImplementedError("a schema is never taken back: restore the backup made before it was changed")
