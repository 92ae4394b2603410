"""One worker answers from many threads at once: nothing is lost, doubled or answered wrongly."""

from concurrent.futures import ThreadPoolExecutor

from tests.dav.client import Client, vcard
from tests.dav.conftest import Server

WRITERS, EACH = 6, 10


def test_writers_and_readers_at_once(server: Server, phone: Client) -> None:
    start = phone.sync().token

    def write(writer: int) -> list[int]:
        client = Client(server.application)
        client.authorization, client.book = phone.authorization, phone.book
        return [client.put(f"{writer}-{at}.vcf", vcard(f"{writer}-{at}")).status for at in range(EACH)]

    def read(_: int) -> list[int]:
        client = Client(server.application)
        client.authorization, client.book = phone.authorization, phone.book
        token, seen, statuses = start, set(), []
        for _ in range(20):
            polled = client.poll().status
            delta = client.sync(token)
            assert not seen & set(delta.living), "each new card is told once"
            seen |= set(delta.living)
            token = delta.token
            statuses += [polled, delta.status, client.multiget(delta.living).status]
        return statuses

    with ThreadPoolExecutor(WRITERS + 3) as pool:
        writes = [pool.submit(write, writer) for writer in range(WRITERS)]
        reads = [pool.submit(read, reader) for reader in range(3)]
        assert {status for job in writes for status in job.result()} == {201}
        assert {status for job in reads for status in job.result()} == {207}
    assert len(phone.sync(start).living) == WRITERS * EACH


def test_two_writers_of_one_version_one_wins(server: Server, phone: Client) -> None:
    etag = str(phone.put("1.vcf", vcard("1")).etag)

    def change(at: int) -> int:
        client = Client(server.application)
        client.authorization, client.book = phone.authorization, phone.book
        return client.put("1.vcf", vcard("1", f"Name {at}"), If_Match=etag).status

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(change, range(6))) == [204, 412, 412, 412, 412, 412]
