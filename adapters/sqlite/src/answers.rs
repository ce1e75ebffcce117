use crate::{rows::cell, time::SqliteTime, unit::SqliteUnit};
use async_trait::async_trait;
use backstop_application::ports::{
    AnswerStore, Answering, Claim, Kept, PortError, PortErrorKind, PortResult, RequestName,
};
use backstop_domain::{ClaimId, Sealed, Timestamp};
use sqlx::query;

pub(crate) struct SqliteAnswerStore<'u> {
    pub(crate) unit: &'u mut SqliteUnit,
}

#[async_trait]
impl AnswerStore for SqliteAnswerStore<'_> {
    async fn claim(&mut self, request: &RequestName, claim: &Claim) -> PortResult<Option<Kept>> {
        let claiming = query(
            "INSERT INTO answers (place, content, claim, until) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (place) DO UPDATE SET content = excluded.content, claim = excluded.claim, answer = NULL, \
             until = excluded.until WHERE answers.until <= ?5",
        )
        .bind(request.place.to_vec())
        .bind(request.content.to_vec())
        .bind(claim.id.uuid())
        .bind(SqliteTime(claim.until))
        .bind(SqliteTime(claim.now));
        if self.unit.affected(claiming).await? == 1 {
            return Ok(None);
        }
        // Whoever was there may have given the place back in between.
        let kept = self.find(request, claim.now).await?;
        kept.map(Some).ok_or_else(|| PortError::new(PortErrorKind::Contention, "the place was given back meanwhile"))
    }

    async fn find(&mut self, request: &RequestName, now: Timestamp) -> PortResult<Option<Kept>> {
        let statement = query("SELECT content, answer FROM answers WHERE place = ?1 AND until > ?2")
            .bind(request.place.to_vec())
            .bind(SqliteTime(now));
        let Some(row) = self.unit.optional(statement).await? else { return Ok(None) };
        if cell::<Vec<u8>>(&row, "content")? != request.content {
            return Ok(Some(Kept::Other));
        }
        let answer = cell::<Option<Vec<u8>>>(&row, "answer")?;
        Ok(Some(answer.map_or(Kept::Claim, |sealed| Kept::Answer(Sealed::new(sealed)))))
    }

    async fn answer(
        &mut self,
        request: &RequestName,
        claim: ClaimId,
        answer: &Sealed,
        until: Timestamp,
    ) -> PortResult<Answering> {
        let statement =
            query("UPDATE answers SET answer = ?3, until = ?4 WHERE place = ?1 AND claim = ?2 AND answer IS NULL")
                .bind(request.place.to_vec())
                .bind(claim.uuid())
                .bind(answer.bytes().to_vec())
                .bind(SqliteTime(until));
        Ok(if self.unit.affected(statement).await? == 1 { Answering::Kept } else { Answering::Lost })
    }

    async fn release(&mut self, request: &RequestName, claim: ClaimId) -> PortResult<()> {
        let statement = query("DELETE FROM answers WHERE place = ?1 AND claim = ?2 AND answer IS NULL");
        self.unit.affected(statement.bind(request.place.to_vec()).bind(claim.uuid())).await.map(drop)
    }

    async fn forget(&mut self, now: Timestamp, most: u32) -> PortResult<u64> {
        let statement = query(
            "DELETE FROM answers WHERE place IN \
             (SELECT place FROM answers WHERE until <= ?1 ORDER BY until LIMIT ?2)",
        );
        self.unit.affected(statement.bind(SqliteTime(now)).bind(i64::from(most))).await
    }
}
